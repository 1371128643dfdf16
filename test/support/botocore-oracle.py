"""Signs requests with botocore: JSON on standard input, JSON on standard output.

Requests come as they stand on the wire. botocore signs what its own serialisers write, so a path for S3 and a query are
first brought into that form with Python's own quoting; everything else is handed over untouched.
"""

import base64
import datetime
import json
import sys
from urllib.parse import quote, unquote_to_bytes

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials


# Releases before 2025 sign hop-by-hop fields too.
HOP_BY_HOP = set() if "te" in botocore.auth.SIGNED_HEADERS_BLACKLIST else {"connection", "te"}


def freeze(timestamp):
    now = datetime.datetime.strptime(timestamp, "%Y%m%dT%H%M%SZ")
    if hasattr(botocore.auth, "get_current_datetime"):
        botocore.auth.get_current_datetime = lambda *args, **kwargs: now
        return

    class Frozen(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return now

    class Module:
        datetime = Frozen

    botocore.auth.datetime = Module


def encode_query(query):
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    return "&".join(
        quote(unquote_to_bytes(key), safe="-_.~") + "=" + quote(unquote_to_bytes(value), safe="-_.~")
        for key, _, value in pairs
    )


def encode_s3_path(path):
    return "/".join(quote(unquote_to_bytes(segment), safe="~") for segment in path.split("/"))


def sign(case):
    credentials = Credentials(case["accessKeyId"], case["secretAccessKey"], case.get("token"))
    path, mark, query = case["target"].partition("?")
    s3 = case["service"] == "s3"
    query = encode_query(query) if mark else ""
    path = encode_s3_path(path) if s3 else path
    url = "https://" + case["host"] + path + ("?" + query if query else "")
    request = AWSRequest(method=case["method"], url=url, data=base64.b64decode(case["body"]))
    request.headers = HTTPHeaders()
    for name, value in case["headers"]:
        if name.lower() in HOP_BY_HOP:
            continue
        request.headers.add_header(name, value)
    request.context["timestamp"] = case["timestamp"]
    freeze(case["timestamp"])
    recorded = {}
    if case["form"] == "header":
        kind = botocore.auth.S3SigV4Auth if s3 else botocore.auth.SigV4Auth
        auth = record(kind(credentials, case["service"], case["region"]), recorded)
        auth.add_auth(request)
        recorded["authorization"] = request.headers["Authorization"]
        return recorded
    kind = botocore.auth.S3SigV4QueryAuth if s3 else botocore.auth.SigV4QueryAuth
    auth = record(kind(credentials, case["service"], case["region"], expires=case["expires"]), recorded)
    # The step that writes the parameters keeps one of several equal keys, so they are written here.
    parameters = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": auth.scope(request),
        "X-Amz-Date": case["timestamp"],
        "X-Amz-Expires": str(case["expires"]),
        "X-Amz-SignedHeaders": auth.signed_headers(auth.headers_to_sign(request)),
    }
    if case.get("token"):
        parameters["X-Amz-Security-Token"] = case["token"]
    added = "&".join(key + "=" + quote(value, safe="-_.~") for key, value in parameters.items())
    plain = url
    request.url = url + ("&" if query else "?") + added
    canonical = auth.canonical_request(request)
    string_to_sign = auth.string_to_sign(request, canonical)
    recorded["signature"] = auth.signature(string_to_sign, request)
    keys = [pair.partition("=")[0] for pair in query.split("&") if pair]
    # parse_qs drops a pair whose key is empty, and unquotes to text; a body would be moved into the query.
    if len(set(keys)) == len(keys) and "" not in keys and "%FF" not in query and not case["body"]:
        whole = AWSRequest(method=case["method"], url=plain)
        whole.headers = request.headers
        kind(credentials, case["service"], case["region"], expires=case["expires"]).add_auth(whole)
        recorded["presigned"] = whole.url.rpartition("X-Amz-Signature=")[2]
    return recorded


def record(auth, recorded):
    canonical_request = auth.canonical_request
    string_to_sign = auth.string_to_sign

    def canonical(request):
        recorded["canonicalRequest"] = canonical_request(request)
        return recorded["canonicalRequest"]

    def to_sign(request, canonical_text):
        recorded["stringToSign"] = string_to_sign(request, canonical_text)
        return recorded["stringToSign"]

    auth.canonical_request = canonical
    auth.string_to_sign = to_sign
    return auth


json.dump([sign(case) for case in json.load(sys.stdin)], sys.stdout)
