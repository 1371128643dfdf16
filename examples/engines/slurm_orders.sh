#!/bin/bash
# Reads objects on S3 with a Slurm job array, each task its own slice, and writes one Parquet object for each back to S3. See docs/engines.md.
#
#   AWS_PROFILE=analytics sbatch slurm_orders.sh 's3://acme/orders/*.csv' s3://acme/tables
#SBATCH --job-name=orders
#SBATCH --array=0-7
#SBATCH --cpus-per-task=2
#SBATCH --mem=512M
set -euo pipefail
rolesanywhere-ts read-s3 "$1" --shard auto --columns "id,state,amount" \
  --types "id:integer,amount:integer" --output "$2/orders-$SLURM_ARRAY_TASK_ID.parquet" --progress log
