"""Fills an experiment with the traces of an assistant, of known times, tokens and tools, and another with two evaluations."""

import time
from dataclasses import asdict, dataclass, field

import mlflow
from mlflow.entities import SpanStatus, SpanType
from mlflow.tracing.constant import SpanAttributeKey, TraceMetadataKey

HOUR = 3600


@dataclass
class Talk:
    """A trace. Times are in seconds; tokens are those given and those made; a tool is its name, its time and whether it failed."""

    question: str
    age: int
    took: float
    tokens: tuple[int, int]
    session: str = ""
    failed: bool = False
    user: str = ""
    model: str = "gpt-4o"
    tools: list[tuple[str, float, bool]] = field(default_factory=list)
    correct: bool | None = None
    score: float | None = None


TALKS = [
    Talk("Where is my parcel?", 150, 1.0, (1000, 200), "returns", user="ann", tools=[("find_order", 0.25, False)], correct=True, score=4),
    Talk("Can I send it back?", 140, 2.0, (2000, 400), "returns", user="ann", tools=[("find_order", 0.75, False)], correct=True, score=2),
    Talk("Who pays for that?", 130, 3.0, (3000, 600), "returns", user="ann", correct=False),
    Talk("Is it in stock?", 6 * HOUR, 4.0, (1000, 100), "stock", tools=[("find_stock", 0.5, True)], failed=True),
    Talk("And in blue?", 6 * HOUR - 60, 1.0, (1000, 100), "stock", tools=[("find_stock", 0.5, False)], correct=True),
    Talk("Do you ship to Bonn?", 75 * HOUR, 2.0, (4000, 800), model="gpt-4o-mini", user="ann", tools=[("find_country", 0.4, False)], score=3),
    Talk("Do you ship to Rome?", 75 * HOUR, 5.0, (4000, 800), model="gpt-4o-mini", tools=[("find_country", 1.2, True)], failed=True, score=1),
    Talk("Which shops are there?", 20 * 24 * HOUR, 6.0, (5000, 1000), tools=[("find_shop", 1.0, False)], correct=False),
]


def log_trace(talk: Talk, now: int) -> str:
    began = (now - talk.age) * 1_000_000_000
    at = lambda seconds: began + int(seconds * 1_000_000_000)  # noqa: E731
    known = {TraceMetadataKey.TRACE_SESSION: talk.session, TraceMetadataKey.TRACE_USER: talk.user}
    metadata = {key: value for key, value in known.items() if value}
    root = mlflow.start_span_no_context(
        "support", SpanType.AGENT, inputs={"question": talk.question}, metadata=metadata, start_time_ns=began
    )
    for name, took, failed in talk.tools:
        tool = mlflow.start_span_no_context(name, SpanType.TOOL, root, inputs={"of": "it"}, start_time_ns=began)
        status = SpanStatus("ERROR", "no such thing") if failed else "OK"
        tool.end(outputs=None if failed else "found", status=status, end_time_ns=at(took))
    told = at(sum(took for _, took, _ in talk.tools))
    chat = mlflow.start_span_no_context("chat", SpanType.CHAT_MODEL, root, inputs=talk.question, start_time_ns=told)
    given, made = talk.tokens
    usage = {"input_tokens": given, "output_tokens": made, "total_tokens": given + made}
    chat.set_attributes(
        {
            SpanAttributeKey.CHAT_USAGE: usage,
            SpanAttributeKey.MODEL: talk.model,
            SpanAttributeKey.MODEL_PROVIDER: "openai",
        }
    )
    chat.end(outputs=f"About: {talk.question}", end_time_ns=at(talk.took))
    outputs = None if talk.failed else f"Answer to: {talk.question}"
    root.end(outputs=outputs, status="ERROR" if talk.failed else "OK", end_time_ns=at(talk.took))
    return root.trace_id


def assess(trace_id: str, talk: Talk):
    if talk.correct is not None:
        mlflow.log_feedback(trace_id=trace_id, name="correct", value=talk.correct)
    if talk.score is not None:
        mlflow.log_feedback(trace_id=trace_id, name="score", value=talk.score)


@mlflow.genai.scorer
def is_short(outputs):
    return len(outputs) < 12


@mlflow.genai.scorer
def words(outputs):
    return len(outputs.split())


def evaluate(name: str, answers: dict[str, str]) -> str:
    with mlflow.start_run(run_name=name) as run:
        data = [{"inputs": {"question": question}} for question in answers]
        mlflow.genai.evaluate(data=data, predict_fn=lambda question: answers[question], scorers=[is_short, words])
    return run.info.run_id


def fill() -> dict:
    now = int(time.time())
    support = mlflow.set_experiment("support-assistant")
    traces = [log_trace(talk, now) for talk in TALKS]
    mlflow.flush_trace_async_logging()
    for trace_id, talk in zip(traces, TALKS):
        assess(trace_id, talk)
    of_session = {TraceMetadataKey.TRACE_SESSION: "returns"}
    mlflow.log_feedback(trace_id=traces[0], name="solved", value="partly", metadata=of_session)
    evaluated = mlflow.set_experiment("support-evaluation")
    old = evaluate("old-prompt", {"Is it open?": "Yes, from 9 to 17 every day.", "Is it far?": "No."})
    new = evaluate("new-prompt", {"Is it open?": "Yes.", "Is it far?": "Not far."})
    return {
        "experiment": support.experiment_id,
        "traces": [{**asdict(talk), "id": id, "started": now - talk.age} for id, talk in zip(traces, TALKS)],
        "evaluated": {"experiment": evaluated.experiment_id, "runs": [old, new]},
    }
