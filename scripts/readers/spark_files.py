"""Spark in a process over the live files that `deltalake` lists, without the jar of Delta: spark_files.py STORE SQL.

Needs Java 17 or later. `day` stays a text; Spark would make a date of it.
"""

import os
import sys

import live
from pyspark.sql import SparkSession

store, sql = sys.argv[1:]
settings = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "100000",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
builder = SparkSession.builder.master("local[2]")
for name, value in settings.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
for table in ("packets", "ports_hourly", "sources_daily"):
    place = os.path.abspath(os.path.join(store, "tables", table))
    spark.read.option("basePath", place).parquet(*live.files(store, table)).createOrReplaceTempView(table)
for row in spark.sql(sql).collect():
    print(*("" if cell is None else cell for cell in row), sep="\t")
spark.stop()
