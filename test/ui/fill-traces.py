"""Fills an experiment with more traces than the page lists at once, and one with an attached image. Prints what was made as JSON."""

import io
import json
import time

import matplotlib
import mlflow
from mlflow.entities import SpanStatusCode
from mlflow.tracing.attachments import Attachment

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

second, day = 10**9, 86_400 * 10**9
now = time.time_ns()


def trace(question: str, began: int, took: int, team: str = "support", failed: bool = False) -> str:
    span = mlflow.start_span_no_context(
        "answer", inputs={"question": question}, start_time_ns=began, tags={"team": team}
    )
    span.set_outputs({"answer": f"About {question}."})
    span.end(status=SpanStatusCode.ERROR if failed else SpanStatusCode.OK, end_time_ns=began + took)
    return span.trace_id


def image() -> bytes:
    figure = plt.figure(figsize=(0.4, 0.3), dpi=100, facecolor="teal")
    written = io.BytesIO()
    figure.savefig(written, format="png")
    plt.close(figure)
    return written.getvalue()


count = 60
desk = mlflow.set_experiment("support-desk").experiment_id
traces = [
    trace(
        f"ticket {index:03}",
        now - (count - index) * second,
        # In another order than they began.
        (index * 37 % count + 1) * second // 1000,
        team="billing" if index % 20 == 7 else "support",
        failed=index % 25 == 11,
    )
    for index in range(count)
]
trace("of three days ago", now - 3 * day, second)

pictures = mlflow.set_experiment("pictures").experiment_id
content = image()
with mlflow.start_span("describe") as span:
    span.set_inputs({"image": Attachment(content_type="image/png", content_bytes=content)})
    span.set_outputs("A teal page.")
mlflow.flush_trace_async_logging()
picture = {"experiment": pictures, "trace": span.trace_id, "content": content.hex()}
print(json.dumps({"experiment": desk, "traces": traces, "picture": picture}))
