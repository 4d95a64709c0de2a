"""ClickHouse in a process (chDB) by its own reader of Delta: chdb_delta.py STORE SQL.

A ClickHouse server reads the same with `deltaLakeLocal` on its disk, or `deltaLake('https://...')` in a bucket.
"""

import os
import sys

import chdb

store, sql = sys.argv[1:]
os.chdir(store)  # ClickHouse reads below its own folder only: `user_files_path` of a server, else where it runs
parts = []
for table in ("packets", "ports_hourly", "sources_daily"):
    parts.append(f"{table} AS (SELECT * FROM deltaLakeLocal('{os.getcwd()}/tables/{table}'))")
answer = chdb.query(f"WITH {', '.join(parts)} {sql}", "TabSeparated").data()
print(answer.replace("\\N", ""), end="")
