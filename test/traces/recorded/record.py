"""Records what real exporters send to /v1/traces, for tests. It needs the packages named below, and mlflow 3.18.0.

    pip install opentelemetry-exporter-otlp-proto-http==1.45.2 && python record.py otel > python.json
    pip install mlflow==3.18.0 && python record.py mlflow http://127.0.0.1:5000 > mlflow.json

A stock server answers what MLflow's client asks beside.
"""

import base64
import http.server
import json
import sys
import threading
import urllib.error
import urllib.request

recorded = []
kept = ("content-type", "content-encoding", "user-agent")


class Recorder(http.server.BaseHTTPRequestHandler):
    forward_to = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path == "/v1/traces":
            headers = {name: self.headers[name] for name in kept if self.headers[name]}
            recorded.append({"headers": headers, "body": base64.b64encode(body).decode()})
        if self.forward_to:
            return self.forward(body)
        self.answer(200, "application/x-protobuf", b"")

    def do_GET(self):
        self.forward(None)

    do_PATCH = do_POST

    def forward(self, body):
        skip = ("host", "content-length", "connection", "accept-encoding")
        headers = {name: value for name, value in self.headers.items() if name.lower() not in skip}
        request = urllib.request.Request(self.forward_to + self.path, body, headers, method=self.command)
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            answer = error
        self.answer(answer.status, answer.headers.get("content-type", ""), answer.read())

    def answer(self, status, content_type, body):
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def record_otel(url):
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

    def use(processor, compression, resource):
        provider = TracerProvider(resource=Resource.create(resource))
        provider.add_span_processor(processor(OTLPSpanExporter(f"{url}/v1/traces", compression=compression)))
        tracer = provider.get_tracer("recorder", "1.0")
        with tracer.start_as_current_span("request", kind=trace.SpanKind.SERVER) as root:
            root.set_attribute("http.route", "/é/<id>")
            root.set_attribute("sizes", [1, 2, 3])
            root.set_attribute("ratios", [0.1, 1e-7, 1e22, float("inf")])
            root.set_attribute("flags", [True, False])
            root.set_attribute("big", 2**62)
            root.set_attribute("user.id", "someone")
            root.set_attribute("session.id", "a conversation")
            link = trace.Link(root.get_span_context(), {"why": "retry", "times": 2})
            with tracer.start_as_current_span("query", kind=trace.SpanKind.CLIENT, links=[link]) as child:
                child.set_attribute("db.statement", 'SELECT "a" FROM t WHERE b = \'c\'\n\t-- \\ done')
                child.add_event("rows", {"count": 3, "ratio": float("nan"), "names": ["ä", "b"]})
            # A recorded exception would have paths of this machine.
            with tracer.start_as_current_span("failing") as failing:
                failing.add_event("exception", {"exception.type": "ValueError", "exception.message": "no such thing"})
                failing.set_status(trace.StatusCode.ERROR, "ValueError: no such thing")
            with tracer.start_as_current_span("ok") as fine:
                fine.set_status(trace.StatusCode.OK)
        with tracer.start_as_current_span("failed request") as root:
            root.set_status(trace.StatusCode.ERROR, "it failed")
        provider.shutdown()

    use(SimpleSpanProcessor, Compression.NoCompression, {"service.name": "recorder", "ports": [80, 443]})
    use(BatchSpanProcessor, Compression.Gzip, {"service.name": "codex_cli_rs", "share": 0.5, "on": True})
    use(BatchSpanProcessor, Compression.Deflate, {})


def record_mlflow(url):
    import mlflow
    from mlflow.entities import SpanType

    mlflow.set_tracking_uri(url)
    mlflow.set_experiment("recorded")

    @mlflow.trace(span_type=SpanType.TOOL)
    def add(a, b):
        return a + b

    with mlflow.start_span("agent", span_type=SpanType.AGENT) as root:
        root.set_inputs({"messages": [{"role": "user", "content": "What is 1 + 2?"}]})
        mlflow.update_current_trace(
            tags={"team": "a"}, metadata={"mlflow.trace.user": "someone", "mlflow.trace.session": "s-1"}
        )
        add(1, 2)
        for tokens in (3, 5):
            with mlflow.start_span("llm", span_type=SpanType.CHAT_MODEL) as llm:
                llm.set_inputs({"prompt": "é", "temperature": float("nan")})
                usage = {"input_tokens": tokens, "output_tokens": 1, "total_tokens": tokens + 1}
                llm.set_attribute("mlflow.chat.tokenUsage", usage)
                llm.set_attribute("mlflow.llm.cost", {"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75})
                llm.add_event(mlflow.entities.SpanEvent("token", attributes={"n": 1}))
        root.set_outputs({"choices": [{"message": {"role": "assistant", "content": "3"}}]})
    with mlflow.start_span("failing") as failing:
        failing.set_status("ERROR")


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    if sys.argv[1] == "otel":
        record_otel(url)
    else:
        Recorder.forward_to = sys.argv[2]
        record_mlflow(url)
    print(json.dumps(recorded, indent=1))


main()
