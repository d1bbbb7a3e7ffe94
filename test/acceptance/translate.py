"""Attributes and events of spans, read as JSON, as stock MLflow stores them; null where it fails."""

import json
import os
import sys

os.environ["MLFLOW_MODEL_CATALOG_URI"] = ""
from mlflow.tracing.otel.translation import translate_span_when_storing  # noqa: E402


class Span:
    def __init__(self, case):
        self.case = case

    def to_dict(self):
        events = [{"name": name, "attributes": attributes} for name, attributes in self.case["events"]]
        return {"attributes": dict(self.case["attributes"]), "events": events}


def stored(case):
    try:
        return list(translate_span_when_storing(Span(case))["attributes"].items())
    except Exception:
        return None


print(json.dumps([stored(case) for case in json.load(sys.stdin)]))
