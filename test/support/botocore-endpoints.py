"""Prints, as JSON, the endpoint URLs that botocore's rule sets give with the name and region that each is signed for.

Every service, in two regions of every partition, with and without FIPS and dual-stack; and the hosts that carry an
account, a bucket or another name.
"""
import itertools
import json
import sys

import botocore.loaders
import botocore.exceptions
from botocore.endpoint_provider import EndpointProvider

loader = botocore.loaders.create_loader()
partitions = loader.load_data("partitions")
REGIONS = ["us-east-1", "us-west-2", "eu-central-1"]
for partition in partitions["partitions"]:
    outputs = partition["outputs"]
    names = [name for name in partition["regions"] if "global" not in name]
    # Such as aws-cn-global, by which the rules know services without a region.
    everywhere = [name for name in partition["regions"] if "global" in name]
    REGIONS += [outputs["implicitGlobalRegion"], *names[:1], *everywhere]
REGIONS = list(dict.fromkeys(REGIONS))
ACCOUNT = {"AccountId": "111111111111", "AccountIdEndpointMode": "preferred"}


def variants(model, known):
    """Parameters besides the region: an account's own host, and what single operations set."""
    sets = [{}, ACCOUNT] if "AccountIdEndpointMode" in known else [{}]
    for operation in model["operations"].values():
        fixed = {name: value["value"] for name, value in operation.get("staticContextParams", {}).items()}
        if fixed and fixed not in sets:
            sets.append(fixed)
    return sets


def signers(properties, default, region):
    for scheme in (properties or {}).get("authSchemes", [{}]):
        if scheme.get("name") in ("bearer", "none", "smithy.api#noAuth"):
            continue
        signing_region = scheme.get("signingRegion", region)
        if "global" not in signing_region:
            yield scheme.get("signingName", default), signing_region


found = {}
for service in loader.list_available_services("service-2"):
    model = loader.load_service_model(service, "service-2")
    metadata = model["metadata"]
    default = metadata.get("signingName", metadata["endpointPrefix"])
    try:
        rules = loader.load_service_model(service, "endpoint-rule-set-1")
    except botocore.exceptions.UnknownServiceError:
        continue
    provider = EndpointProvider(rules, partitions)
    known = rules["parameters"]
    cases = itertools.product(REGIONS, (False, True), (False, True), variants(model, known))
    for region, fips, dual, extra in cases:
        given = {"Region": region, "UseFIPS": fips, "UseDualStack": dual, **extra}
        try:
            endpoint = provider.resolve_endpoint(**{k: v for k, v in given.items() if k in known})
        except botocore.exceptions.BotoCoreError:
            continue
        for signer in signers(endpoint.properties, default, region):
            found.setdefault(endpoint.url.replace("{", "").replace("}", ""), set()).add(signer)
json.dump([[url, sorted(signers)] for url, signers in sorted(found.items())], sys.stdout, indent=0)
