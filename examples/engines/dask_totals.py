"""Sums orders by state with Dask: CSV on S3 in, Parquet on S3 out.

    AWS_PROFILE=analytics python dask_totals.py s3://acme/orders/*.csv s3://acme/totals/

Each worker takes its own session from the profile. DASK_SCHEDULER_ADDRESS names a cluster; without it the workers are
processes of this machine. See docs/engines.md.
"""

import sys

import dask.dataframe
from dask.distributed import Client


def main(source, target):
    with Client():
        orders = dask.dataframe.read_csv(source, blocksize=None)
        totals = orders.groupby("state").amount.sum().to_frame().reset_index()
        totals.to_parquet(target, write_index=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
