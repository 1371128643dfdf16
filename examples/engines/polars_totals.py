"""Sums orders by state with polars: CSV on S3 in, Parquet on S3 out.

    python polars_totals.py s3://acme/orders/*.csv s3://acme/totals/totals.parquet

Credentials: `rolesanywhere-ts serve`, by the variables that it prints. See docs/engines.md.
"""

import sys

import polars

source, target = sys.argv[1:]
# None: polars asks the endpoint itself. The default goes through boto3 where that is installed.
orders = polars.scan_csv(source, credential_provider=None)
totals = orders.group_by("state").agg(polars.col("amount").sum())
totals.sink_parquet(target, credential_provider=None)
