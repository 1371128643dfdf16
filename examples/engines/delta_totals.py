"""Appends orders to a Delta table with delta-rs, one file after the other, and sums the table by state with polars.

    python delta_totals.py s3://acme/delta/orders s3://acme/orders/part-00.csv s3://acme/orders/part-01.csv

Credentials: `rolesanywhere-ts serve`, by the variables that it prints. See docs/engines.md.
"""

import sys

import deltalake
import polars

table, *sources = sys.argv[1:]
for source in sources:
    orders = polars.scan_csv(source, credential_provider=None).collect()
    deltalake.write_deltalake(table, orders, mode="append")
orders = polars.scan_delta(table, credential_provider=None)
for state, amount in orders.group_by("state").agg(polars.col("amount").sum()).collect().iter_rows():
    print(state, amount)
