"""DuckDB by its Delta extension: duckdb_delta.py STORE SQL.

The extension comes from the package `duckdb-ext-delta` of the same version as DuckDB; `INSTALL delta; LOAD delta;`
fetches it elsewhere. It reads the newest version of each table.
"""

import glob
import os
import sys

import duckdb
import duckdb_ext

store, sql = sys.argv[1:]
con = duckdb.connect()
con.execute("SET TimeZone = 'UTC'")
(extension,) = glob.glob(os.path.join(list(duckdb_ext.__path__)[0], "extensions/*/*/delta.duckdb_extension"))
con.execute(f"LOAD '{extension}'")
for table in ("packets", "ports_hourly", "sources_daily"):
    con.execute(f"CREATE VIEW {table} AS SELECT * FROM delta_scan('{store}/tables/{table}')")
for row in con.execute(sql).fetchall():
    print(*("" if cell is None else cell for cell in row), sep="\t")
