# Calls of botocore, given as JSON on stdin and answered as JSON on stdout: a second client for the emulator.
import json
import os
import sys

sys.path.insert(0, os.environ["ROLESANYWHERE_TS_BOTOCORE"])
import botocore.session  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402


def plain(value):
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def call(spec):
    keys = spec["credentials"]
    client = botocore.session.Session().create_client(
        spec.get("service", "sts"),
        region_name="us-east-1",
        endpoint_url=spec["endpoint"],
        aws_access_key_id=keys["accessKeyId"],
        aws_secret_access_key=keys["secretAccessKey"],
        aws_session_token=keys["sessionToken"],
        config=Config(retries={"max_attempts": 0}),
    )
    try:
        answer = getattr(client, spec["operation"])(**spec["parameters"])
        answer.pop("ResponseMetadata")
        return {"answer": answer}
    except ClientError as error:
        metadata = error.response["ResponseMetadata"]
        return {
            "code": error.response["Error"]["Code"],
            "message": error.response["Error"]["Message"],
            "status": metadata["HTTPStatusCode"],
            "exception": type(error).__name__,
        }


print(json.dumps([call(spec) for spec in json.load(sys.stdin)], default=plain))
