"""Names of headers that the installed botocore's service models mark as sensitive, one a line."""

import gzip
import json
import pathlib

import botocore

names = set()
for path in pathlib.Path(botocore.__file__).parent.glob("data/*/*/service-2.json*"):
    opened = gzip.open(path) if path.suffix == ".gz" else open(path, "rb")
    with opened as file:
        shapes = json.load(file)["shapes"]
    for shape in shapes.values():
        for name, member in shape.get("members", {}).items():
            sensitive = member.get("sensitive") or shapes[member["shape"]].get("sensitive")
            if member.get("location") == "header" and sensitive:
                names.add(member.get("locationName", name))
print("\n".join(sorted(names)))
