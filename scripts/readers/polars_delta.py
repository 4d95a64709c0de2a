"""Polars with the package `deltalake`, at the versions of the newest snapshot: polars_delta.py STORE SQL."""

import os
import sys

import live
import polars as pl

store, sql = sys.argv[1:]
versions = live.versions(store)
tables = {
    table: pl.scan_delta(os.path.join(store, "tables", table), version=versions[table])
    for table in ("packets", "ports_hourly", "sources_daily")
}
for row in pl.SQLContext(**tables).execute(sql).collect().rows():
    print(*("" if cell is None else cell for cell in row), sep="\t")
