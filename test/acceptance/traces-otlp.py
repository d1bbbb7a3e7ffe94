"""Two spans by OpenTelemetry's own exporter, set by environment variables only. Prints the id of their trace."""

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider(resource=Resource.create({"service.name": "plain", "deployment": "köln"}))
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer = provider.get_tracer("plain")
with tracer.start_as_current_span("parent", attributes={"gen_ai.conversation.id": "talk", "flag": True}) as span:
    with tracer.start_as_current_span("child", kind=trace.SpanKind.CLIENT) as child:
        child.set_attributes({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 3, "list": ["a", "b"]})
        child.add_event("said", {"text": "ü 😀"})
        child.set_status(trace.StatusCode.ERROR, "no answer")
assert provider.force_flush(30_000)
provider.shutdown()
print(f"{span.get_span_context().trace_id:032x}")
