"""Sums orders by state with DuckDB: CSV on S3 in, Parquet on S3 out.

    AWS_PROFILE=analytics python duckdb_totals.py s3://acme/orders/*.csv s3://acme/totals/totals.parquet

Reads through s3fs, which renews the session between any two requests; DuckDB's own httpfs does not within a statement.
See docs/engines.md.
"""

import sys

import duckdb
import fsspec

source, target = sys.argv[1:]
database = duckdb.connect()
database.register_filesystem(fsspec.filesystem("s3"))
orders = database.read_csv(source)
totals = orders.aggregate("state, sum(amount)::BIGINT AS amount")
totals.write_parquet(target)
