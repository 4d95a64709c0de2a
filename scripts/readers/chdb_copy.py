"""A table of ClickHouse's own, made by docs/guide/clickhouse.sql and filled from the store: chdb_copy.py STORE SQL."""

import os
import sys

import chdb

store, sql = sys.argv[1:]
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "../../docs/guide/clickhouse.sql"), encoding="utf-8") as file:
    text = "\n".join(line for line in file.read().splitlines() if not line.startswith("--"))
os.chdir(store)  # ClickHouse reads below its own folder only
con = chdb.connect(":memory:")
for statement in text.replace("STORE", os.getcwd()).split(";"):
    if statement.strip():
        con.query(statement)
answer = con.query(sql.replace("FROM packets", "FROM teiten.packets"), "TabSeparated").data()
print(answer.replace("\\N", ""), end="")
