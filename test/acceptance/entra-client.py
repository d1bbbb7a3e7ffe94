"""Logs a metric each 200 ms for some seconds, and a file: python entra-client.py <seconds>

Prints as JSON how many metrics were logged and read back.
"""

import json
import sys
import time

import mlflow
from mlflow import MlflowClient

client = MlflowClient()
with mlflow.start_run() as run:
    step = 0
    end = time.monotonic() + float(sys.argv[1])
    while time.monotonic() < end:
        mlflow.log_metric("loss", 1 / (step + 1), step=step, synchronous=True)
        step += 1
        time.sleep(0.2)
    mlflow.log_text("a file", "file.txt")
assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/file.txt") == "a file"
with mlflow.start_span("a span") as span:
    span.set_inputs({"question": 1})
mlflow.flush_trace_async_logging()
assert client.get_trace(span.trace_id).data.spans[0].name == "a span"
print(json.dumps({"logged": step, "read": len(client.get_metric_history(run.info.run_id, "loss"))}))
