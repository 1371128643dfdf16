# Reads a folder from each line of standard input, and prints the access key that botocore, which the AWS CLI and boto3 use,
# gets from its files config and credentials for the profile that its file name holds, or "nothing". It prints why on
# standard error.
import os
import sys

import botocore.session

for line in sys.stdin:
    folder = line.rstrip("\n")
    os.environ["AWS_CONFIG_FILE"] = folder + "/config"
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = folder + "/credentials"
    try:
        with open(folder + "/name", encoding="utf-8") as file:
            found = botocore.session.Session(profile=file.read()).get_credentials()
        print(found.get_frozen_credentials().access_key if found else "nothing")
    except Exception as error:
        print(folder, error, file=sys.stderr)
        print("nothing")
