"""Fills a tracking server or folder by a stock client: MLFLOW_TRACKING_URI says where, the argument is a folder for files.

The same is made with each version; what a version does not have is left out.
"""

import os
import sys

import mlflow
from mlflow.entities import Metric, Param, RunTag

client = mlflow.MlflowClient()
folder = sys.argv[1]


def files():
    for path, content in (
        ("model/MLmodel", "artifact_path: model\nflavors:\n  python_function:\n    loader_module: mlflow.pyfunc.model\n"),
        ("model/weights.bin", "\0\1\2" * 5_000),
        ("notes & more/größe.txt", "größer als 0"),
        ("empty.txt", ""),
    ):
        file = os.path.join(folder, path)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "w", encoding="utf-8", newline="") as out:
            out.write(content)


def run(experiment, name, number, tags=None):
    made = client.create_run(experiment, run_name=name, tags={"note": "a\tb\\n\n'ü'", **(tags or {})})
    run_id = made.info.run_id
    metrics = [Metric("loss", 1 / (step + 1 + number), 1_700_000_000_000 + step, step) for step in range(12)]
    metrics += [Metric("odd", value, 1_700_000_000_000, step) for step, value in enumerate([float("nan"), float("inf"), -1e300, 5e-324, 0.1])]
    metrics += [Metric("nested/acc", 0.5, 1_700_000_000_001, -3)]
    client.log_batch(run_id, metrics, [Param("depth", str(number)), Param("path/to", "a/b c")], [RunTag("empty", " ")])
    client.log_artifacts(run_id, folder)
    return made


def inputs(run_id, number):
    from mlflow.entities import Dataset, DatasetInput, InputTag

    sets = [Dataset(f"set {i}", f"d{i}", "local", '{"uri": "x"}', schema="{}", profile=None) for i in range(number)]
    client.log_inputs(run_id, [DatasetInput(one, [InputTag("mlflow.data.context", "train")]) for one in sets])


def registry(runs):
    model = client.create_registered_model("m 1", tags={"kind": "a b"}, description="first\nline")
    for made, stage in zip(runs, ("Production", "Archived")):
        source = f"{made.info.artifact_uri}/model"
        version = client.create_model_version(model.name, source, made.info.run_id, tags={"v": "1"}, description="d")
        client.transition_model_version_stage(model.name, version.version, stage)
    client.create_registered_model("empty")
    client.create_model_version("m 1", f"{runs[0].info.artifact_uri}/model", runs[0].info.run_id)
    client.delete_model_version("m 1", "2")
    if hasattr(client, "set_registered_model_alias"):
        client.set_registered_model_alias("m 1", "champion", "1")
        client.set_registered_model_alias("m 1", "next", "3")


def logged_models(experiment, run_id):
    made = client.create_logged_model(
        experiment, name="lm", source_run_id=run_id, tags={"t": "1"}, params={"p": "2"}, model_type="agent"
    )
    client.log_metric(run_id, "of model", 0.25, timestamp=1_700_000_000_005, step=2, model_id=made.model_id)
    client.log_model_artifacts(made.model_id, folder)
    client.finalize_logged_model(made.model_id, "READY")
    client.create_logged_model(experiment, name="unfinished")


def traces(experiment):
    mlflow.set_experiment(experiment_id=experiment)
    with mlflow.start_span(name="root", span_type="CHAIN") as root:
        root.set_inputs({"question": "ü", "n": 2.0})
        with mlflow.start_span(name="call", span_type="CHAT_MODEL") as call:
            call.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7})
        root.set_outputs({"answer": 42})
    if hasattr(mlflow, "flush_trace_async_logging"):
        mlflow.flush_trace_async_logging()
    trace_id = getattr(root, "trace_id", None) or root.request_id
    client.set_trace_tag(trace_id, "own", "tag")
    if int(mlflow.__version__.split(".")[0]) >= 3:
        mlflow.log_feedback(trace_id=trace_id, name="good", value=True, rationale="it is")
        mlflow.log_expectation(trace_id=trace_id, name="answer", value={"is": 42})


def main():
    files()
    major = tuple(int(part) for part in mlflow.__version__.split(".")[:2])
    experiment = client.create_experiment("first", tags={"team": "a"})
    parent = run(experiment, "parent", 1)
    child = run(experiment, "child", 2, {"mlflow.parentRunId": parent.info.run_id})
    client.set_terminated(parent.info.run_id, "FINISHED", 1_700_000_009_000)
    client.set_terminated(child.info.run_id, "FAILED")
    deleted = run(experiment, "deleted", 3)
    client.delete_run(deleted.info.run_id)
    run("0", "in the default one", 4)
    if major >= (2, 4):
        inputs(parent.info.run_id, 3)
        inputs(child.info.run_id, 1)
    registry([parent, child])
    if major >= (3, 0):
        logged_models(experiment, parent.info.run_id)
    if major >= (2, 14):
        traces(experiment)
    trash = client.create_experiment("trash")
    run(trash, "in the trash", 5)
    client.delete_experiment(trash)


main()
