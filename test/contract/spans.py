"""Writes what a stock MLflow makes of stored spans, and the archive of them: its venv's Python prints
test/contract/spans.json.

    .data/venv-3.18.0/bin/python test/contract/spans.py > test/contract/spans.json
"""

import base64
import json

from mlflow.entities.span import LazySpan
from mlflow.protos.service_pb2 import Trace
from mlflow.tracing.otel.otel_archival import spans_to_traces_data_pb, traces_data_pb_to_spans
from mlflow.utils.proto_json_utils import message_to_json

trace_id = "hWitSZujuAqHCWIkeKuSJQ=="
request_id = '"tr-8568ad499ba3b80a8709622478ab9225"'


def span(attributes=None, **more):
    return {
        "trace_id": trace_id,
        "span_id": "kMPw6pnsUIc=",
        "parent_span_id": None,
        "name": "root",
        "kind": "SPAN_KIND_INTERNAL",
        "start_time_unix_nano": 1795834980101937187,
        "end_time_unix_nano": 1795834980512484081,
        "events": [],
        "status": {"code": "STATUS_CODE_OK", "message": ""},
        "attributes": {"mlflow.traceRequestId": request_id, **(attributes or {})},
        "links": [],
    } | more


values = {
    "integers": "[0, -1, 7, 1152921504606846976, 9223372036854775807, -9223372036854775808]",
    "doubles": "[2.0, 1.5, -0.0, 1e+20, 1e-07, 0.1, 1E5]",
    "odd": "[NaN, Infinity, -Infinity]",
    "words": "[true, false, null]",
    "texts": '["", "ü 🔑", "\\u00fc", "a\\nb\\t\\"q\\" \\\\", "\\ud83d\\udd11", "\\u0000", "\\ud800"]',
    "nested": '{"a": {"b": [1, {"c": 2.50}]}, "e": {}, "l": [], "n": null, "ü": [[]]}',
    "text": '"text"',
    "blank": ' { "a" : [ 1 , 2 ] } ',
    "number": "7",
    "double": "7.0",
    "yes": "true",
    "none": "null",
    "empty": "",
    "plain": "plain text",
    "quoted": "'single'",
    "open": "[1, 2",
    "twice": "1 2",
    "leading": "01",
    "dot": ".5",
    "plus": "+1",
    "raw number": 5,
    "raw double": 5.5,
    "raw yes": True,
    "raw no": False,
    "raw list": [1, "a"],
    "deep": "[" * 20 + "]" * 20,
}

event = {"name": "ev", "time_unix_nano": 1795834980407822848, "attributes": {"a": 1, "b": "x", "c": [1, 2.0], "d": 1.5}}

contents = [
    span(),
    span({key: value for key, value in values.items() if key != "raw list"}),
    span({"raw list": [1, "a"]}),
    span(parent_span_id="imlqvsh/Ego=", name="ünï 🔑"),
    span(parent_span_id=""),
    span(name=""),
    *[span(kind=f"SPAN_KIND_{kind}") for kind in ("UNSPECIFIED", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")],
    {key: value for key, value in span().items() if key not in ("kind", "events", "links")},
    span(end_time_unix_nano=None),
    span(end_time_unix_nano=0),
    span(start_time_unix_nano=0),
    span(start_time_unix_nano="1795834980101937187", end_time_unix_nano="1795834980101937188"),
    span(status={"code": "STATUS_CODE_ERROR", "message": "wrong ü"}),
    span(status={"code": "STATUS_CODE_ERROR", "message": ""}),
    span(status={"code": "STATUS_CODE_UNSET", "message": ""}),
    span(status={"code": "OK"}),
    span(status={"code": "ERROR", "message": "m"}),
    span(events=[event, {"name": "", "time_unix_nano": 0, "attributes": {}}]),
    span(
        links=[
            {"trace_id": "tr-8568ad499ba3b80a8709622478ab9225", "span_id": "90c3f0ea99ec5087", "attributes": {"a": "b"}},
            {"trace_id": "8568ad499ba3b80a8709622478ab9225", "span_id": "1", "attributes": None},
            {"trace_id": "tr-" + "f" * 40, "span_id": "90c3f0ea99ec5087", "attributes": None},
        ]
    ),
    # Version 3.5.0 wrote ids so.
    span(trace_id="tr-8568ad499ba3b80a8709622478ab9225", span_id="90c3f0ea99ec5087", parent_span_id="8a696abec87f120a"),
    {
        "name": "older",
        "context": {"span_id": "0x90c3f0ea99ec5087", "trace_id": "0x8568ad499ba3b80a8709622478ab9225"},
        "parent_id": "0x8a696abec87f120a",
        "start_time": 1795834980101937187,
        "end_time": 1795834980512484081,
        "status_code": "ERROR",
        "status_message": "wrong",
        "attributes": {"mlflow.traceRequestId": request_id, "a": "[1.0]"},
        "events": [{"name": "ev", "timestamp": 1795834980407822848, "attributes": {"a": 1}}],
    },
]


def answer(content):
    text = json.dumps(content, ensure_ascii=False)
    try:
        proto = LazySpan.from_stored_content(text).to_otel_proto()
    except Exception as error:
        return {"content": text, "error": type(error).__name__}
    # The text itself, since each digit counts.
    answered = message_to_json(Trace(spans=[proto]), pretty=False)
    return {"content": text, "answer": answered[len('{"spans":[') : -len("]}")]}


def archive(chosen):
    spans = [LazySpan.from_stored_content(json.dumps(content)) for content in chosen]
    payload = spans_to_traces_data_pb(spans)
    answered = message_to_json(Trace(spans=[s.to_otel_proto() for s in traces_data_pb_to_spans(payload)]), pretty=False)
    return {"payload": base64.b64encode(payload).decode(), "answer": answered}


child = span({"a": "[1, 2.0]", "t": '"ü"'}, span_id="imlqvsh/Ego=", parent_span_id="kMPw6pnsUIc=", name="child")
late = span(span_id="AAAAAAAAAAE=", parent_span_id="kMPw6pnsUIc=", name="late", start_time_unix_nano=1795834980101937188)
root = span(events=[event], status={"code": "STATUS_CODE_ERROR", "message": "wrong"}, kind="SPAN_KIND_SERVER")
recorded = {"spans": [answer(content) for content in contents], "archive": archive([late, child, root])}
print(json.dumps(recorded, indent=1))
