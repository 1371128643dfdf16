"""Sums orders by state with Spark: CSV on S3 in, Parquet on S3 out.

    spark-submit --packages org.apache.hadoop:hadoop-aws:3.4.1 --properties-file spark-profile.conf \
        spark_totals.py s3a://acme/orders/ s3a://acme/totals/

The session comes from the properties file: spark-profile.conf or spark-endpoint.conf. See docs/engines.md.
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import sum

source, target = sys.argv[1:]
spark = SparkSession.builder.appName("totals").getOrCreate()
orders = spark.read.csv(source, header=True, schema="id long, state string, amount long")
totals = orders.groupBy("state").agg(sum("amount").alias("amount"))
totals.coalesce(1).write.mode("overwrite").parquet(target)
spark.stop()
