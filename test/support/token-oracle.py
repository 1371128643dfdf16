# Tokens as AWS's own tools make them, at one instant and without a network: a JSON array of calls on stdin, tokens on stdout.
import contextlib
import datetime
import io
import json
import os
import sys

newer = os.environ.get("ROLESANYWHERE_TS_BOTOCORE")
if newer:
    sys.path.insert(0, newer)
import botocore.auth  # noqa: E402
import botocore.awsrequest  # noqa: E402
import botocore.session  # noqa: E402

spec = json.load(sys.stdin)
instant = datetime.datetime.fromtimestamp(spec["now"], datetime.timezone.utc)


def frozen(remove_tzinfo=True):
    return instant.replace(tzinfo=None) if remove_tzinfo else instant


botocore.auth.get_current_datetime = frozen


def aws(*words):
    import awscli.clidriver
    import awscli.customizations.eks.get_token as eks

    eks.get_current_datetime = frozen
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status = awscli.clidriver.create_clidriver().main([*words, "--region", spec["region"]])
    if status != 0:
        raise RuntimeError(f"aws {words}: status {status}")
    return out.getvalue().strip()


def client(service):
    return botocore.session.Session().create_client(service, region_name=spec["region"])


def msk():
    from aws_msk_iam_sasl_signer import MSKAuthTokenProvider

    token, expires = MSKAuthTokenProvider.generate_auth_token(spec["region"])
    return json.dumps([token, expires])


def bedrock(seconds):
    from aws_bedrock_token_generator import provide_token

    return provide_token(region=spec["region"], expiry=datetime.timedelta(seconds=seconds))


def cache(service, user, name, serverless):
    """As AWS documents it, with the cache's name for a host; AWS has no tool that makes one."""
    from urllib.parse import urlencode

    query = {"Action": "connect", "User": user}
    if serverless:
        query["ResourceType"] = "ServerlessCache"
    request = botocore.awsrequest.AWSRequest(method="GET", url=f"https://{name}/?{urlencode(query)}")
    credentials = botocore.session.Session().get_credentials().get_frozen_credentials()
    botocore.auth.SigV4QueryAuth(credentials, service, spec["region"], expires=900).add_auth(request)
    return request.url.removeprefix("https://")


makers = {
    "eks": lambda cluster: aws("eks", "get-token", "--cluster-name", cluster, "--output", "json"),
    "rds": lambda host, port, user: aws(
        "rds", "generate-db-auth-token", "--hostname", host, "--port", port, "--username", user
    ),
    "dsql": lambda host: client("dsql").generate_db_connect_auth_token(host, spec["region"]),
    "dsql-admin": lambda host: client("dsql").generate_db_connect_admin_auth_token(host, spec["region"]),
    "msk": msk,
    "bedrock": bedrock,
    "cache": cache,
}
print(json.dumps([makers[name](*words) for name, *words in spec["calls"]]))
