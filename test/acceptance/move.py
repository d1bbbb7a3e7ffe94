"""Fills a server with what people move, and prints what a server holds without the ids that differ after a move."""

import hashlib
import json
import os
import sys
import tempfile

import mlflow
from mlflow.entities import Metric, ViewType

client = mlflow.MlflowClient()


def fill():
    for number in range(2):
        experiment = client.create_experiment(f"moved {number}", tags={"team": f"team {number}"})
        parent = client.create_run(experiment, run_name=f"parent {number}", tags={"note": "größer als 0"})
        child = client.create_run(
            experiment, run_name=f"child {number}", tags={"mlflow.parentRunId": parent.info.run_id}
        )
        for run in (parent, child):
            log(run.info.run_id, number)
            # The mover takes every run for finished.
            client.set_terminated(run.info.run_id, "FINISHED")
        model = client.create_registered_model(f"model {number}", tags={"kind": "test"}, description="moved with its versions")
        for run, stage in ((parent, "Production"), (child, "Staging")):
            version = client.create_model_version(
                model.name,
                f"{run.info.artifact_uri}/model",
                run.info.run_id,
                tags={"of": run.info.run_name},
                description=f"of {run.info.run_name}",
            )
            client.transition_model_version_stage(model.name, version.version, stage)


def log(run_id, number):
    metrics = [Metric("loss", 1 / (step + 1 + number), 1_700_000_000_000 + step, step) for step in range(20)]
    client.log_batch(run_id, metrics=metrics)
    client.log_param(run_id, "depth", 3 + number)
    client.log_param(run_id, "path", "a/b c")
    with tempfile.TemporaryDirectory() as folder:
        for path, content in (
            ("model/MLmodel", "artifact_path: model\nflavors: {}\n"),
            ("model/data/weights.bin", "\0\1\2" * 50_000),
            ("notes & more/größe.txt", f"of {number}"),
            ("empty.txt", ""),
        ):
            file = os.path.join(folder, path)
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with open(file, "w", encoding="utf-8", newline="") as out:
                out.write(content)
        client.log_artifacts(run_id, folder)


def own(tags):
    """Without what the server or the mover sets by itself."""
    return {key: value for key, value in tags.items() if not key.startswith("mlflow")}


def artifacts(run_id):
    """Hashes by path; of MLmodel the path alone, since the mover writes the new run into it."""
    with tempfile.TemporaryDirectory() as folder:
        root = client.download_artifacts(run_id, "", folder)
        found = {}
        for parent, _, names in os.walk(root):
            for name in names:
                path = os.path.join(parent, name)
                with open(path, "rb") as file:
                    content = file.read()
                found[os.path.relpath(path, root)] = name == "MLmodel" or hashlib.sha256(content).hexdigest()
        return found


def state():
    experiments = client.search_experiments(view_type=ViewType.ACTIVE_ONLY)
    ids = {experiment.experiment_id: experiment.name for experiment in experiments if experiment.name.startswith("moved")}
    runs = client.search_runs(list(ids), max_results=100)
    names = {run.info.run_id: run.info.run_name for run in runs}
    return {
        "experiments": {e.name: own(e.tags) for e in experiments if e.experiment_id in ids},
        "runs": {
            run.info.run_name: {
                "experiment": ids[run.info.experiment_id],
                "status": run.info.status,
                "parent": names.get(run.data.tags.get("mlflow.parentRunId")),
                "params": run.data.params,
                "tags": own(run.data.tags),
                "metrics": {
                    key: [(m.step, m.value, m.timestamp) for m in client.get_metric_history(run.info.run_id, key)]
                    for key in run.data.metrics
                },
                "artifacts": artifacts(run.info.run_id),
            }
            for run in runs
        },
        "models": {
            model.name: {
                "tags": own(model.tags),
                "description": model.description,
                "versions": sorted(
                    [
                        names[version.run_id],
                        version.current_stage,
                        version.status,
                        version.description,
                        own(version.tags),
                        version.source.rsplit("/", 1)[-1],
                    ]
                    for version in client.search_model_versions(f"name = '{model.name}'")
                ),
            }
            for model in client.search_registered_models()
        },
    }


if sys.argv[1] == "fill":
    fill()
else:
    print(json.dumps(state(), sort_keys=True))
