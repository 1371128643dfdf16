"""Runs queries with boto3: reads [{table, index, expression, names, values, forward}] and prints a list of items for each."""
import base64
import json
import sys

import boto3


def known(value):
    """DynamoDB JSON with bytes, as botocore wants it."""
    (tag, content), = value.items()
    return {tag: base64.b64decode(content) if tag == "B" else content}


def plain(value):
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


client = boto3.client(
    "dynamodb", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="s"
)
answers = []
for case in json.load(sys.stdin):
    wanted = {
        "TableName": case["table"],
        "KeyConditionExpression": case["expression"],
        "ExpressionAttributeNames": case["names"],
        "ExpressionAttributeValues": {name: known(value) for name, value in case["values"].items()},
        "ScanIndexForward": case["forward"],
    }
    if case.get("index"):
        wanted["IndexName"] = case["index"]
    pages = client.get_paginator("query").paginate(**wanted)
    answers.append([item for page in pages for item in page["Items"]])
json.dump(answers, sys.stdout, default=plain)
