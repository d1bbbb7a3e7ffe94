"""Traces by a stock client that knows nothing but the tracking URI. Prints what was made as JSON."""

import asyncio
import json
import time
import uuid

import mlflow
from mlflow import MlflowClient
from mlflow.entities import AssessmentSource, Document, SpanType
from mlflow.exceptions import MlflowException
from mlflow.tracing.attachments import Attachment
from mlflow.tracing.constant import SpanAttributeKey

client = MlflowClient()
experiment = mlflow.set_experiment(f"traces of a client {uuid.uuid4()}").experiment_id
session = f"session {uuid.uuid4()}"


def searched(filter_string=None, **more):
    return mlflow.search_traces(
        locations=[experiment], filter_string=filter_string, return_type="list", **more
    )


def ids(traces):
    return {trace.info.trace_id for trace in traces}


@mlflow.trace(span_type=SpanType.TOOL, attributes={"unit": "°C"})
def temperature(city: str) -> float:
    return 21.5


@mlflow.trace
def forecast(city: str) -> dict:
    mlflow.update_current_trace(
        tags={"team": "weather"}, metadata={"mlflow.trace.session": session, "mlflow.trace.user": "ada"}
    )
    with mlflow.start_span("ask", span_type=SpanType.CHAT_MODEL) as span:
        span.set_inputs({"messages": [{"role": "user", "content": f"{city}?"}]})
        span.set_attribute(SpanAttributeKey.MODEL, "gpt-4o-mini")
        span.set_attribute(SpanAttributeKey.CHAT_USAGE, {"input_tokens": 11, "output_tokens": 7, "total_tokens": 18})
        span.set_outputs({"role": "assistant", "content": "mild"})
    with mlflow.start_span("look up", span_type=SpanType.RETRIEVER) as span:
        span.set_outputs([Document(page_content="Köln is mild.", metadata={"doc_uri": "a.txt"}, id="1")])
    return {"city": city, "temperature": temperature(city)}


def functions():
    """Plain, asynchronous, generating and failing functions, and spans by hand."""
    assert forecast("Köln") == {"city": "Köln", "temperature": 21.5}
    made = {"forecast": mlflow.get_last_active_trace_id()}

    @mlflow.trace
    async def later(x: int) -> int:
        await asyncio.sleep(0)
        return x * 2

    assert asyncio.run(later(4)) == 8
    made["async"] = mlflow.get_last_active_trace_id()

    @mlflow.trace(output_reducer=sum)
    def stream(n: int):
        yield from range(n)

    assert list(stream(4)) == [0, 1, 2, 3]
    made["generator"] = mlflow.get_last_active_trace_id()

    @mlflow.trace
    def fails():
        raise ValueError("no such city")

    try:
        fails()
        raise AssertionError("fails() did not fail")
    except ValueError:
        made["failed"] = mlflow.get_last_active_trace_id()
    with mlflow.start_span("by hand") as span:
        span.set_inputs({"n": 2**53 + 1, "d": 2.0, "text": "ü 😀"})
        span.set_attributes({"list": [1, "a"], "none": None})
        made["by hand"] = span.trace_id
    mlflow.flush_trace_async_logging()
    return made


def reads(made):
    forecast_trace = mlflow.get_trace(made["forecast"])
    info, spans = forecast_trace.info, {span.name: span for span in forecast_trace.data.spans}
    assert list(spans) == ["forecast", "ask", "look up", "temperature"], list(spans)
    assert info.state == "OK" and info.tags["team"] == "weather" and info.trace_metadata["mlflow.trace.user"] == "ada"
    assert info.token_usage == {"input_tokens": 11, "output_tokens": 7, "total_tokens": 18}, info.token_usage
    assert spans["temperature"].parent_id == spans["forecast"].span_id
    assert spans["temperature"].span_type == "TOOL" and spans["temperature"].get_attribute("unit") == "°C"
    assert spans["forecast"].outputs == {"city": "Köln", "temperature": 21.5}
    assert spans["look up"].outputs[0]["page_content"] == "Köln is mild."
    assert 0 < spans["ask"].start_time_ns <= spans["ask"].end_time_ns
    assert mlflow.get_trace(made["async"]).data.spans[0].outputs == 8
    generated = mlflow.get_trace(made["generator"]).data.spans[0]
    assert generated.outputs == 6 and len(generated.events) == 4, generated.to_dict()
    failed = mlflow.get_trace(made["failed"])
    assert failed.info.state == "ERROR" and failed.data.spans[0].events[0].attributes["exception.type"] == "ValueError"
    by_hand = mlflow.get_trace(made["by hand"]).data.spans[0]
    assert by_hand.inputs == {"n": 2**53 + 1, "d": 2.0, "text": "ü 😀"}, by_hand.inputs
    assert by_hand.get_attribute("list") == [1, "a"] and by_hand.get_attribute("none") is None
    assert mlflow.get_trace(f"tr-{uuid.uuid4().hex}") is None


def attachments():
    """A file in a span's inputs is uploaded beside the trace and read back."""
    with mlflow.start_span("with a file") as span:
        span.set_inputs({"image": Attachment(content_type="image/png", content_bytes=b"\x89PNG\r\n\x1a\n\x00\xff")})
    mlflow.flush_trace_async_logging()
    reference = mlflow.get_trace(span.trace_id).data.spans[0].inputs["image"]
    found = Attachment.parse_ref(reference)
    assert found["content_type"] == "image/png" and found["trace_id"] == span.trace_id, reference
    assert found.get("size", 10) == 10
    location = mlflow.get_trace(span.trace_id).info.tags["mlflow.artifactLocation"]
    path = mlflow.artifacts.download_artifacts(f"{location}/attachments/{found['attachment_id']}")
    with open(path, "rb") as file:
        assert file.read() == b"\x89PNG\r\n\x1a\n\x00\xff"
    return span.trace_id, found["attachment_id"]


def searches(made):
    with mlflow.start_run() as run:
        forecast("Bonn")
        in_run = mlflow.get_last_active_trace_id()
    mlflow.flush_trace_async_logging()
    assert ids(searched()) >= {*made.values(), in_run}
    assert ids(searched("status = 'ERROR'")) == {made["failed"]}
    assert ids(searched("tags.team = 'weather'")) == {made["forecast"], in_run}
    assert ids(searched("attributes.name LIKE '%forec%'")) == {made["forecast"], in_run}
    assert ids(searched(f"metadata.`mlflow.trace.session` = '{session}'")) == {made["forecast"], in_run}
    assert ids(searched("span.type = 'TOOL' AND span.name = 'temperature'")) == {made["forecast"], in_run}
    assert ids(searched("trace.text LIKE '%no such city%'")) == {made["failed"]}
    assert ids(mlflow.search_traces(locations=[experiment], run_id=run.info.run_id, return_type="list")) == {in_run}
    newest = searched(order_by=["timestamp_ms DESC"], max_results=1)
    assert ids(newest) == {in_run} and len(newest[0].data.spans) == 4
    assert searched(max_results=2, include_spans=False)[0].data.spans == []
    frame = mlflow.search_traces(locations=[experiment], filter_string="tags.team = 'weather'")
    assert set(frame["trace_id"]) == {made["forecast"], in_run} and {"request", "spans", "assessments"} <= set(frame)
    first = client.search_traces(locations=[experiment], max_results=2)
    second = client.search_traces(locations=[experiment], max_results=2, page_token=first.token)
    assert len(first) == len(second) == 2 and not ids(first) & ids(second)
    if hasattr(mlflow, "search_sessions"):
        assert [ids(found) for found in mlflow.search_sessions(locations=[experiment])] == [{made["forecast"], in_run}]
    try:
        searched("nonsense = 1")
        raise AssertionError("a filter of nonsense was taken")
    except MlflowException as error:
        assert error.error_code == "INVALID_PARAMETER_VALUE"
    return in_run, run.info.run_id


def assessments(trace_id):
    human = AssessmentSource(source_type="HUMAN", source_id="ada")
    of = lambda name: [each for each in mlflow.get_trace(trace_id).info.assessments if each.name == name]
    given = mlflow.log_feedback(trace_id=trace_id, name="score", value=3, rationale="mild", source=human)
    span_id = mlflow.get_trace(trace_id).data.spans[1].span_id
    for name, value in {"yes": True, "list": ["a", 1.5], "text": "gut 😀"}.items():
        mlflow.log_feedback(trace_id=trace_id, name=name, value=value, span_id=span_id)
        assert (of(name)[0].value, of(name)[0].span_id) == (value, span_id)
    mlflow.log_feedback(trace_id=trace_id, name="broken", error=ValueError("no answer"))
    assert of("broken")[0].error.error_message == "no answer"
    expected = mlflow.log_expectation(trace_id=trace_id, name="answer", value={"sky": "blue"}, source=human)
    assert of("answer")[0].value == {"sky": "blue"}
    changed = mlflow.entities.Expectation(name="answer", value={"sky": "grey"}, source=human)
    mlflow.update_assessment(trace_id, expected.assessment_id, changed)
    assert mlflow.get_assessment(trace_id, expected.assessment_id).value == {"sky": "grey"}
    assert ids(searched("feedback.score > 2")) == {trace_id}
    assert ids(searched("feedback.yes = 'true'")) == {trace_id}
    over = mlflow.override_feedback(trace_id=trace_id, assessment_id=given.assessment_id, value=5, source=human)
    assert {each.value: each.valid for each in of("score")} == {3: False, 5: True}
    assert ids(searched("feedback.score = '3.0'")) == set()
    mlflow.delete_assessment(trace_id, over.assessment_id)
    assert {each.value: each.valid for each in of("score")} == {3: True}
    mlflow.delete_assessment(trace_id, expected.assessment_id)
    assert of("answer") == []


def tags_and_links(trace_id):
    mlflow.set_trace_tag(trace_id, "reviewed", "ja")
    assert mlflow.get_trace(trace_id).info.tags["reviewed"] == "ja"
    mlflow.delete_trace_tag(trace_id, "reviewed")
    assert "reviewed" not in mlflow.get_trace(trace_id).info.tags
    run_id = client.create_run(experiment).info.run_id
    client.link_traces_to_run([trace_id], run_id)
    assert ids(mlflow.search_traces(locations=[experiment], run_id=run_id, return_type="list")) == {trace_id}


def prompts():
    name = f"greet-{uuid.uuid4().hex[:8]}"
    prompt = mlflow.genai.register_prompt(name=name, template="Greet {{who}}.")

    @mlflow.trace
    def greet(who):
        return mlflow.genai.load_prompt(f"prompts:/{name}/1").format(who=who)

    assert greet("Ada") == "Greet Ada."
    by_load, by_hand = mlflow.get_last_active_trace_id(), temperature("Kiel") and mlflow.get_last_active_trace_id()
    mlflow.flush_trace_async_logging()
    client.link_prompt_versions_to_trace(trace_id=by_hand, prompt_versions=[prompt])
    for trace_id in (by_load, by_hand):
        linked = json.loads(mlflow.get_trace(trace_id).info.tags["mlflow.linkedPrompts"])
        assert linked == [{"name": name, "version": "1"}], linked
    # The client links what was loaded inside a trace in its own time.
    deadline = time.time() + 60
    while ids(searched(f"prompt = '{name}/1'")) != {by_load, by_hand}:
        assert time.time() < deadline, (by_load, by_hand)
        time.sleep(0.5)


def evaluation():
    @mlflow.genai.scorer
    def exact(outputs, expectations):
        return outputs == expectations["answer"]

    @mlflow.genai.scorer
    def length(outputs):
        return len(outputs)

    data = [
        {"inputs": {"city": "Köln"}, "expectations": {"answer": "KÖLN"}},
        {"inputs": {"city": "Bonn"}, "expectations": {"answer": "Bonn"}},
    ]
    result = mlflow.genai.evaluate(data=data, predict_fn=lambda city: city.upper(), scorers=[exact, length])
    assert result.metrics == {"exact/mean": 0.5, "length/mean": 4.0}, result.metrics
    traces = mlflow.search_traces(locations=[experiment], run_id=result.run_id, return_type="list")
    given = {trace.data.spans[0].inputs["city"]: {a.name: a.value for a in trace.info.assessments} for trace in traces}
    assert given == {
        "Köln": {"exact": True, "length": 4, "answer": "KÖLN"},
        "Bonn": {"exact": False, "length": 4, "answer": "Bonn"},
    }, given
    assert mlflow.get_run(result.run_id).data.metrics == result.metrics
    # What was traced before is scored too.
    again = mlflow.genai.evaluate(data=searched("tags.team = 'weather'"), scorers=[length])
    assert again.metrics["length/mean"] == 2.0, again.metrics
    return result.run_id


def deletion(trace_id, by_age):
    assert client.delete_traces(experiment, trace_ids=[trace_id]) == 1
    assert mlflow.get_trace(trace_id) is None
    assert client.delete_traces(experiment, max_timestamp_millis=int(time.time() * 1000), max_traces=1) == 1
    assert by_age not in ids(searched())


made = functions()
reads(made)
attached, attachment = attachments()
in_run, run = searches(made)
assessments(made["forecast"])
tags_and_links(made["by hand"])
prompts()
evaluated = evaluation()
deletion(made["generator"], made["forecast"])
print(json.dumps({"version": mlflow.__version__, "experiment": experiment, "attached": attached,
                  "attachment": attachment, "evaluated": evaluated}))
