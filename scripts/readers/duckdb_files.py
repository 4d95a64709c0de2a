"""DuckDB over the live files that `deltalake` lists: duckdb_files.py STORE SQL."""

import sys

import duckdb
import live

store, sql = sys.argv[1:]
con = duckdb.connect()
con.execute("SET TimeZone = 'UTC'")
for table in ("packets", "ports_hourly", "sources_daily"):
    paths = ", ".join("'" + path.replace("'", "''") + "'" for path in live.files(store, table))
    con.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet([{paths}], hive_partitioning = true)")
for row in con.execute(sql).fetchall():
    print(*("" if cell is None else cell for cell in row), sep="\t")
