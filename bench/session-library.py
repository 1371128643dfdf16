# A whole session through AWS's Python library `iam-rolesanywhere-session`: its start, CreateSession, and the credentials printed;
# with the roles in CHAINED_ROLES assumed one after the other.
import json
import os
import sys

import boto3

from iam_rolesanywhere_session import IAMRolesAnywhereSession

certificate, key, intermediate, trust_anchor, profile, role, endpoint, roots = sys.argv[1:]
session = IAMRolesAnywhereSession(
    certificate=certificate,
    private_key=key,
    certificate_chain=intermediate,
    trust_anchor_arn=trust_anchor,
    profile_arn=profile,
    role_arn=role,
    endpoint=endpoint.replace("https://", ""),
    verify=roots,
).get_session()
credentials = session.get_credentials().get_frozen_credentials()
for role in filter(None, os.environ.get("CHAINED_ROLES", "").split(",")):
    sts = boto3.client(
        "sts",
        region_name="us-east-1",
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.token,
    )
    answer = sts.assume_role(RoleArn=role, RoleSessionName="bench")["Credentials"]
    credentials = boto3.Session(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"]).get_credentials()
print(json.dumps({"AccessKeyId": credentials.access_key, "SecretAccessKey": credentials.secret_key, "SessionToken": credentials.token}))
