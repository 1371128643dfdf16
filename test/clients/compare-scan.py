"""Compares NDJSON on standard input with what boto3 reads from the same table, value for value.

usage: compare-scan.py ENDPOINT TABLE auto|string|number < NDJSON
"""

import base64
import json
import sys
from decimal import Decimal, Rounded

import boto3
from boto3.dynamodb.types import DYNAMODB_CONTEXT, Binary, TypeDeserializer

endpoint, table, numbers = sys.argv[1:]
# boto3 takes a number that is spelled with more than 38 digits, zeros at its end, for one that would be rounded.
DYNAMODB_CONTEXT.traps[Rounded] = False


def expected(value):
    """boto3's value as the scan should have written it, with numbers as Decimal."""
    if isinstance(value, Binary):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, set):
        return {"a set of": sorted((expected(element) for element in value), key=repr)}
    if isinstance(value, list):
        return [expected(element) for element in value]
    if isinstance(value, dict):
        return {name: expected(member) for name, member in value.items()}
    return value


def is_same(ours, theirs):
    if isinstance(theirs, Decimal):
        if numbers == "string" and not isinstance(ours, str):
            return False
        if numbers in ("json", "number") and isinstance(ours, str):
            return False
        if numbers == "number":
            return float(ours) == float(theirs)
        # A number stays a number exactly when a double keeps it.
        if numbers == "auto" and isinstance(ours, Decimal) and Decimal(repr(float(ours))) != theirs:
            return False
        if numbers == "auto" and isinstance(ours, str) and Decimal(repr(float(theirs))) == theirs:
            return False
        return Decimal(ours) == theirs
    if isinstance(theirs, dict) and list(theirs) == ["a set of"]:
        wanted = list(theirs["a set of"])
        for element in ours:
            match = next((other for other in wanted if is_same(element, other)), None)
            if match is None:
                return False
            wanted.remove(match)
        return not wanted
    if isinstance(theirs, dict):
        return isinstance(ours, dict) and ours.keys() == theirs.keys() and all(is_same(ours[k], theirs[k]) for k in ours)
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(is_same, ours, theirs))
    return type(ours) is type(theirs) and ours == theirs


client = boto3.client(
    "dynamodb", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="s"
)
deserialize = TypeDeserializer().deserialize
theirs = {}
for page in client.get_paginator("scan").paginate(TableName=table):
    for item in page["Items"]:
        plain = {name: expected(deserialize(value)) for name, value in item.items()}
        theirs[plain["pk"]] = plain
count = 0
for line in sys.stdin.buffer:
    ours = json.loads(line, parse_float=Decimal, parse_int=Decimal)
    count += 1
    if not is_same(ours, theirs[ours["pk"]]):
        sys.exit("differs:\nours   %s\ntheirs %r" % (line.decode(), theirs[ours["pk"]]))
if count != len(theirs):
    sys.exit("%d items from the scan, %d from boto3" % (count, len(theirs)))
print("equal", count)
