"""Fills a server with one of everything that the page shows, through the stock client. Prints what was made as JSON."""

import json
import math
import os
import tempfile
import time
import warnings

import matplotlib
import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

matplotlib.use("Agg")
warnings.filterwarnings("ignore")
import matplotlib.pyplot as plt  # noqa: E402

client = MlflowClient()
experiment = mlflow.set_experiment("iris")
client.set_experiment_tag(experiment.experiment_id, "mlflow.note.content", "Flowers by their petals.")
data = load_iris(as_frame=True)
frame: pd.DataFrame = data.frame


def pdf() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "page.pdf")
        figure = plt.figure()
        figure.text(0.5, 0.5, "a page")
        figure.savefig(path)
        plt.close(figure)
        with open(path, "rb") as file:
            return file.read()


def log_files():
    mlflow.log_text("a line of notes\n" * 20, "notes.txt")
    mlflow.log_text("<h1 id='shown'>A report</h1><script>document.title='run'</script>", "report.html")
    mlflow.log_text(frame.head(20).to_csv(index=False), "data/head.csv")
    mlflow.log_dict({"depth": 3, "list": [1, 2]}, "config.json")
    mlflow.log_table({"question": ["a", "b"], "answer": ["1", "2"]}, "table.json")
    figure, axes = plt.subplots(figsize=(4, 3))
    axes.scatter(frame.iloc[:, 2], frame.iloc[:, 3], c=frame["target"])
    mlflow.log_figure(figure, "plots/petals.png")
    plt.close(figure)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in {"page.pdf": pdf(), "blob.bin": bytes(range(256)), "map.geojson": b'{"type":"Point","coordinates":[1,2]}'}.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
        mlflow.log_artifacts(folder, "files")


def train(index: int) -> tuple[str, str]:
    depth = 1 + index % 6
    with mlflow.start_run(run_name=f"attempt-{index:02d}", tags={"team": "flowers"}) as run:
        mlflow.log_params({"depth": depth, "solver": "lbfgs", "rate": 0.1 * (1 + index % 3)})
        mlflow.log_input(mlflow.data.from_pandas(frame, name="iris", targets="target"), context="training")
        noise = [math.sin(index * 7 + step) / 40 for step in range(60)]
        metrics = [
            mlflow.entities.Metric(key, value, int(time.time() * 1000), step)
            for step in range(60)
            for key, value in {
                "loss": math.exp(-step / (10 + 3 * depth)) + noise[step],
                "accuracy": 1 - math.exp(-(step + 5) / (8 + 2 * depth)) / 2 + noise[step] / 4,
                "system/cpu_utilization_percentage": 40 + 30 * math.sin(step / 5 + index),
                "system/system_memory_usage_megabytes": 900 + 5.0 * step,
            }.items()
        ]
        client.log_batch(run.info.run_id, metrics=metrics)
        model = LogisticRegression(C=depth, max_iter=500).fit(data.data, data.target)
        signature = infer_signature(data.data, model.predict(data.data))
        logged = None
        if index < 2:
            example = data.data.head(2)
            logged = mlflow.sklearn.log_model(model, name="classifier", signature=signature, input_example=example)
        if index == 0:
            log_files()
        return run.info.run_id, logged.model_id if logged else ""


runs = [train(index) for index in range(12)]
with mlflow.start_run(run_name="sweep") as parent:
    for depth in range(2):
        with mlflow.start_run(run_name=f"part-{depth}", nested=True):
            mlflow.log_metric("accuracy", 0.5 + depth / 10)
with mlflow.start_run(run_name="broken") as failed:
    pass
client.set_terminated(failed.info.run_id, "FAILED")

for index in range(2):
    version = mlflow.register_model(f"models:/{runs[index][1]}", "iris-classifier")
    client.set_model_version_tag("iris-classifier", version.version, "checked", "yes")
client.update_registered_model("iris-classifier", "Tells three flowers apart.")
client.update_model_version("iris-classifier", "1", "The first attempt.")
client.set_registered_model_alias("iris-classifier", "champion", "2")
client.transition_model_version_stage("iris-classifier", "1", "Staging")
client.create_registered_model("empty-model")
mlflow.genai.register_prompt(name="greeting", template="Greet {{name}} kindly.")
client.create_experiment("to-be-renamed")

made = {"runs": [run for run, _ in runs], "models": [model for _, model in runs[:2]]}
print(json.dumps({"experiment": experiment.experiment_id, **made}))
