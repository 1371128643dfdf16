# A whole session through AWS's Python library `iam-rolesanywhere-session`: its start, CreateSession, and the credentials printed.
import json
import sys

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
print(json.dumps({"AccessKeyId": credentials.access_key, "SecretAccessKey": credentials.secret_key, "SessionToken": credentials.token}))
