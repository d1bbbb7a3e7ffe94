"""Fills a new database with what an old MLflow's own client can make, and then with rows that only a hostile one would.

Run by make.py with the Python of that version: python fill.py <uri of an empty PostgreSQL database> <folder of artifacts>
"""

import json
import sys
import tempfile

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from sqlalchemy import create_engine, inspect, text

uri, artifacts = sys.argv[1:]
version = tuple(int(part) for part in mlflow.__version__.split("."))
mlflow.set_tracking_uri(uri)
mlflow.set_registry_uri(uri)
client = MlflowClient(uri)


def runs():
    experiment = client.create_experiment("kept 实验", artifacts, tags={"team": "a", "emoji": "👍"})
    deleted = client.create_experiment("deleted", artifacts)
    for number in range(3):
        run = client.create_run(experiment, start_time=1000 + number, run_name=f"run {number}")
        run_id = run.info.run_id
        metrics = [Metric("loss", 1 / (step + 1), 1000 + step, step) for step in range(20)]
        metrics += [Metric("odd", value, 7, 0) for value in (float("nan"), float("inf"), float("-inf"), -0.0, 1e-320)]
        params = [Param("lr", "0.1"), Param("long", "p" * (500 if version < (2, 8) else 6000))]
        tags = [RunTag("note", "ñ\n\t\\'\""), RunTag("mlflow.note.content", "x" * 4000)]
        client.log_batch(run_id, metrics, params, tags)
        client.set_terminated(run_id, ["FINISHED", "FAILED", "KILLED"][number], end_time=2000 + number)
    client.create_run(deleted)
    client.create_run(experiment)
    client.delete_run(run_id)
    client.delete_experiment(deleted)
    return experiment, client.create_run(experiment).info.run_id


def registry(run_id):
    for name in ("model", "модель/2"[:6]):
        client.create_registered_model(name, tags={"k": "v", "empty": ""}, description="d")
        for number in (1, 2, 3):
            client.create_model_version(name, f"{artifacts}/{number}", run_id, tags={"n": str(number)}, description="v")
        client.transition_model_version_stage(name, "1", "Archived")
        client.transition_model_version_stage(name, "2", "Production")
        client.transition_model_version_stage(name, "3", "Staging")
        client.delete_model_version(name, "3")
        if version >= (2, 3):
            client.set_registered_model_alias(name, "champion", "2")
            client.set_registered_model_alias(name, "old", "1")
    client.create_registered_model("empty")
    client.rename_registered_model("empty", "renamed")


def datasets(run_id):
    from mlflow.entities import Dataset, DatasetInput, InputTag

    for number in range(2):
        dataset = Dataset(f"data {number}", "digest", "local", json.dumps({"uri": "/x"}), schema="{}", profile="{}")
        client.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])])


def traces(experiment):
    mlflow.set_experiment(experiment_id=experiment)

    @mlflow.trace(name="root", span_type="CHAIN", attributes={"a": 1})
    def ask(question):
        with mlflow.start_span("inner", span_type="LLM") as span:
            span.set_inputs({"question": question})
            span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8})
            span.set_attribute("mlflow.llm.model", "gpt-4o-mini")
            span.set_attribute("mlflow.llm.provider", "openai")
        return question.upper()

    for number in range(4):
        ask(f"what? 问 {number}")
    getattr(mlflow, "flush_trace_async_logging", lambda: None)()
    found = client.search_traces([experiment])
    for trace in found[:2]:
        client.set_trace_tag(trace.info.request_id, "color", "rot")
    return [trace.info.request_id for trace in found]


def logged_models(experiment, run_id):
    from mlflow.entities import LoggedModelInput

    model = client.create_logged_model(experiment, "lm", run_id, tags={"t": "1"}, params={"p": "2"}, model_type="agent")
    client.log_batch(run_id, [Metric("acc", 0.5, 5, 1, model_id=model.model_id)])
    client.finalize_logged_model(model.model_id, "READY")
    client.log_inputs(run_id, models=[LoggedModelInput(model.model_id)])


def assessments(ids):
    for number, value in enumerate([True, "yes", 3.5]):
        mlflow.log_feedback(trace_id=ids[0], name=f"feedback {number}", value=value, rationale="r")
    mlflow.log_expectation(trace_id=ids[1], name="expected", value={"a": [1, 2]})


def main():
    experiment, run_id = runs()
    registry(run_id)
    if version >= (2, 4):
        datasets(run_id)
    if version >= (2, 14):
        ids = traces(experiment)
    if version >= (3, 0):
        logged_models(experiment, run_id)
    if version >= (3, 3):
        assessments(ids)
    import hostile

    engine = create_engine(uri)
    tables = {name: {column["name"] for column in inspect(engine).get_columns(name)} for name in inspect(engine).get_table_names()}
    with engine.begin() as connection:
        hostile.fill(connection, tables, int(experiment))


main()
