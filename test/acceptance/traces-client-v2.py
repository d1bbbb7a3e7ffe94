"""Traces by a client before MLflow 3, which uses the second version of the routes. Prints what was made as JSON."""

import json
import time
import uuid

import mlflow
from mlflow import MlflowClient
from opentelemetry.sdk.trace.export import SimpleSpanProcessor



class Uncounted:
    finish_items = drop_items = staticmethod(lambda *_: None)


# Today's OpenTelemetry reads fields that this client's processors, which are older, never set.
SimpleSpanProcessor._shutdown, SimpleSpanProcessor._metrics = False, Uncounted
client = MlflowClient()
experiment = mlflow.set_experiment(f"traces of an old client {uuid.uuid4()}").experiment_id


def searched(filter_string=None, **more):
    found = client.search_traces(experiment_ids=[experiment], filter_string=filter_string, **more)
    return {trace.info.request_id for trace in found}


@mlflow.trace(span_type="TOOL")
def double(x: int) -> int:
    return x * 2


@mlflow.trace
def whole(x: int) -> int:
    with mlflow.start_span("by hand") as span:
        span.set_inputs({"text": "ü 😀"})
    if x < 0:
        raise ValueError("below zero")
    return double(x)


assert whole(4) == 8
good = mlflow.get_last_active_trace_id()
try:
    whole(-1)
except ValueError:
    bad = mlflow.get_last_active_trace_id()
with mlflow.start_run() as run:
    whole(5)
    in_run = mlflow.get_last_active_trace_id()
begun = client.start_trace("begun by hand", inputs={"a": 1}, tags={"team": "red"})
child = client.start_span("child", request_id=begun.request_id, parent_id=begun.span_id)
client.end_span(begun.request_id, child.span_id, outputs={"b": 2})
client.end_trace(begun.request_id, outputs={"c": 3})

trace = client.get_trace(good)
assert trace.info.status == "OK" and [span.name for span in trace.data.spans] == ["whole", "by hand", "double"]
assert trace.data.spans[1].inputs == {"text": "ü 😀"} and trace.data.spans[2].outputs == 8
assert client.get_trace(bad).info.status == "ERROR"
assert client.get_trace(begun.request_id).data.spans[0].outputs == {"c": 3}
assert searched() == {good, bad, in_run, begun.request_id}
assert searched("status = 'ERROR'") == {bad}
assert searched("tags.team = 'red'") == {begun.request_id}
assert searched(run_id=run.info.run_id) == {in_run}
assert len(mlflow.search_traces(experiment_ids=[experiment], order_by=["timestamp_ms ASC"])) == 4
first = client.search_traces(experiment_ids=[experiment], max_results=3)
rest = client.search_traces(experiment_ids=[experiment], max_results=3, page_token=first.token)
assert (len(first), len(rest), rest.token) == (3, 1, None)

client.set_trace_tag(good, "reviewed", "ja")
assert client.get_trace(good).info.tags["reviewed"] == "ja"
client.delete_trace_tag(good, "reviewed")
assert "reviewed" not in client.get_trace(good).info.tags
assert client.delete_traces(experiment, request_ids=[good]) == 1
assert searched() == {bad, in_run, begun.request_id}
assert client.delete_traces(experiment, max_timestamp_millis=int(time.time() * 1000), max_traces=2) == 2
assert len(searched()) == 1
print(json.dumps({"version": mlflow.__version__, "experiment": experiment}))
