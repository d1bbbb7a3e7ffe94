"""Writes shared/traces/otlp/generated/: OTLP's messages for @bufbuild/protobuf.

    npm install --no-save @bufbuild/protoc-gen-es@2.17.0
    pip install opentelemetry-proto
    python scripts/otlp-messages.py node_modules/.bin/protoc-gen-es

The definitions come from the package opentelemetry-proto, whose descriptors have no JSON names and no comments.
"""

import pathlib
import re
import subprocess
import sys

from google.protobuf.compiler import plugin_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

# All in one folder.
files = {"common": common_pb2, "resource": resource_pb2, "trace": trace_pb2, "collector": trace_service_pb2}
short = {module.DESCRIPTOR.name: f"{name}.proto" for name, module in files.items()}


def name_fields(message):
    for field in message.field:
        first, *rest = field.name.split("_")
        field.json_name = first + "".join(part.title() for part in rest)
    for inner in message.nested_type:
        name_fields(inner)


request = plugin_pb2.CodeGeneratorRequest(parameter="target=ts,import_extension=ts")
for module in files.values():
    file = request.proto_file.add()
    module.DESCRIPTOR.CopyToProto(file)
    file.name = short[file.name]
    file.dependency[:] = [short[name] for name in file.dependency]
    # The service is not called from here.
    del file.service[:]
    for message in file.message_type:
        name_fields(message)
    request.file_to_generate.append(file.name)

made = subprocess.run([sys.argv[1]], input=request.SerializeToString(), stdout=subprocess.PIPE, check=True).stdout
for file in plugin_pb2.CodeGeneratorResponse.FromString(made).file:
    content = re.sub(r"^ */\*\*\n(?: *\*.*\n)*? *\*/\n", "", file.content, flags=re.M)
    pathlib.Path("shared/traces/otlp/generated", file.name).write_text(re.sub(r"\n{3,}", "\n\n", content))
