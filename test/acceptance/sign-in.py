"""What someone who has signed in does, with the stock client: python sign-in.py work <name>, or
python sign-in.py try <experiment> <name> <run> [<call>]

Prints as JSON what it made, or the error code of each call.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from requests import HTTPError

client = MlflowClient()
folder = Path(tempfile.mkdtemp())
# More than one part of an upload, and a mark in each.
content = b"".join(f"part {number}".encode().ljust(11_000_000, b".") for number in range(2))


def work(name):
    experiment = client.create_experiment(name)
    run_id = client.create_run(experiment).info.run_id
    client.log_param(run_id, "depth", "3")
    client.log_metric(run_id, "loss", 0.25)
    client.log_batch(run_id, tags=[mlflow.entities.RunTag("team", "red")])
    found = client.search_runs([experiment], "metrics.loss < 1 and params.depth = '3' and tags.team = 'red'")
    assert [run.info.run_id for run in found] == [run_id], found
    (folder / "large.bin").write_bytes(content)
    client.log_artifact(run_id, str(folder / "large.bin"))
    client.log_text(run_id, "small", "a folder/small.txt")
    assert {each.path for each in client.list_artifacts(run_id)} == {"large.bin", "a folder"}
    assert Path(download(run_id, "large.bin")).read_bytes() == content
    assert Path(download(run_id, "a folder/small.txt")).read_text() == "small"
    client.set_terminated(run_id)
    return {"version": mlflow.__version__, "experiment": experiment, "run": run_id}


def download(run_id, path):
    return client.download_artifacts(run_id, path, tempfile.mkdtemp())


def tried(call):
    try:
        return "none" if call() is None else "done"
    except MlflowException as error:
        return f"{type(error).__name__} {error.error_code}"
    except HTTPError as error:
        # The client raises its errors of uploads as they are.
        return f"HTTPError {error.response.status_code}"


def attempt(experiment, name, run_id, only=None):
    (folder / "small.txt").write_text("small")
    calls = {
        "get experiment": lambda: client.get_experiment(experiment),
        "get experiment by name": lambda: client.get_experiment_by_name(name),
        "create experiment": lambda: client.create_experiment(f"{name} {os.urandom(4).hex()}"),
        "search runs": lambda: client.search_runs([experiment]) or None,
        "get run": lambda: client.get_run(run_id),
        "log metric": lambda: [client.log_metric(run_id, "loss", 1)],
        "delete run": lambda: [client.delete_run(run_id)],
        "list artifacts": lambda: client.list_artifacts(run_id),
        "download": lambda: download(run_id, "a folder/small.txt"),
        "upload": lambda: [client.log_artifact(run_id, str(folder / "small.txt"))],
    }
    return {name: tried(call) for name, call in calls.items() if only in (None, name)}


print(json.dumps({"work": work, "try": attempt}[sys.argv[1]](*sys.argv[2:])))
