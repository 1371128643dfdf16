# Reads credentials as boto3 finds them, a new session each time, and prints one line of JSON for each: the access key, or
# what went wrong.
import json, sys, time
import boto3

end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    try:
        session = boto3.Session(region_name="us-east-1")
        client = session.client("sts", endpoint_url=sys.argv[1])
        client.get_caller_identity()
        print(json.dumps({"key": session.get_credentials().get_frozen_credentials().access_key}), flush=True)
    except Exception as error:
        print(json.dumps({"error": repr(error)}), flush=True)
    time.sleep(0.1)
