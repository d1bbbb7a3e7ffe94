"""Fills a server with one of everything that the page shows, through the stock client. Prints what was made as JSON."""

import json
import math
import os
import random
import tempfile
import time
import warnings

import assistant
import matplotlib
import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression

matplotlib.use("Agg")
warnings.filterwarnings("ignore")
import matplotlib.pyplot as plt  # noqa: E402

client = MlflowClient()
dice = random.Random(7)
started = int(time.time() * 1000) - 8 * 3_600_000


def customers() -> pd.DataFrame:
    def one() -> dict:
        tenure, calls, price = dice.randint(1, 72), dice.randint(0, 8), dice.uniform(18, 110)
        leaves = calls / 8 + price / 220 - tenure / 90 + dice.gauss(0, 0.15) > 0.35
        return {"tenure": float(tenure), "calls": float(calls), "price": round(price, 2), "churned": int(leaves)}

    return pd.DataFrame([one() for _ in range(400)])


frame = customers()
features = frame[["tenure", "calls", "price"]]
experiment = mlflow.set_experiment("churn-prediction")
client.set_experiment_tag(experiment.experiment_id, "mlflow.note.content", "Which customers will leave next month?")


def curves(rate: float, width: int, dropout: float) -> dict[str, list[float]]:
    """What training such a network looks like."""
    speed, floor, overfit = 6 + 0.25 / rate, 0.24 - width / 2500, max(0.0, 0.0022 - dropout / 160)
    epochs = range(80)
    noise = [dice.gauss(0, 0.006 + rate / 4) for _ in epochs]
    train = [floor + 0.45 * math.exp(-epoch / speed) + noise[epoch] / 3 for epoch in epochs]
    val = [train[epoch] + 0.03 + overfit * epoch + noise[epoch] for epoch in epochs]
    return {
        "train_loss": train,
        "val_loss": val,
        "val_accuracy": [0.995 - value / 2.4 - noise[epoch] / 5 for epoch, value in enumerate(val)],
        "val_auc": [0.998 - value / 4 - noise[epoch] / 9 for epoch, value in enumerate(val)],
        "system/cpu_utilization_percentage": [62 + 12 * math.sin(epoch / 6) + dice.uniform(-6, 6) for epoch in epochs],
        "system/system_memory_usage_megabytes": [2100 + 9.0 * epoch for epoch in epochs],
    }


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
    script = "fetch('/ajax-api/2.0/mlflow/experiments/create', {method: 'POST', body: '{\"name\":\"by-a-script\"}'})"
    script += ".then(() => show('reached'), () => show('kept away'))"
    show = "const show = (text) => { document.getElementById('outcome').textContent = text }"
    mlflow.log_text(f"<h1>A report</h1><p id='outcome'></p><script>{show}; {script}</script>", "report.html")
    mlflow.log_text(frame.head(20).to_csv(index=False), "data/head.csv")
    mlflow.log_dict({"depth": 3, "list": [1, 2]}, "config.json")
    mlflow.log_table({"question": ["a", "b"], "answer": ["1", "2"]}, "table.json")
    figure, axes = plt.subplots(figsize=(4, 3))
    axes.scatter(frame["tenure"], frame["price"], c=frame["churned"])
    mlflow.log_figure(figure, "plots/customers.png")
    plt.close(figure)
    # More than goes through the app (MLFLOW_FUNCTIONS_PREVIEW_LIMIT).
    mlflow.log_text("a large line of notes\n" * 250_000, "files/large.txt")
    for name, content in {"page.pdf": pdf(), "blob.bin": bytes(range(256)), "map.geojson": b'{"type":"Point","coordinates":[1,2]}'}.items():
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(content)
            mlflow.log_artifact(path, "files")


def train(index: int) -> tuple[str, str]:
    rate, width, dropout = [0.003, 0.01, 0.03][index % 3], [64, 128][index // 6], [0.0, 0.2][index % 2]
    params = {"learning_rate": rate, "hidden_units": width, "dropout": dropout, "optimizer": "adam"}
    name = f"mlp-{width}-lr{rate}" + ("-dropout" if dropout else "")
    began, epoch_time = started + index * 1_900_000, 6000 + 40 * width + dice.randint(0, 900)
    run = client.create_run(experiment.experiment_id, start_time=began, run_name=name, tags={"team": "retention"})
    with mlflow.start_run(run_id=run.info.run_id):
        mlflow.log_params(params)
        mlflow.log_input(mlflow.data.from_pandas(frame, name="customers", targets="churned"), context="training")
        metrics = [
            Metric(key, round(value, 4), began + step * epoch_time, step)
            for key, values in curves(rate, width, dropout).items()
            for step, value in enumerate(values)
        ]
        client.log_batch(run.info.run_id, metrics=metrics)
        model = LogisticRegression(C=rate).fit(features, frame["churned"])
        signature = infer_signature(features, model.predict(features))
        logged = None
        if index < 2:
            logged = mlflow.sklearn.log_model(model, name="classifier", signature=signature, input_example=features.head(2))
        mlflow.log_text(f"{name}: loss {metrics[79].value}", "summary.txt")
        if index == 0:
            log_files()
    client.set_terminated(run.info.run_id, end_time=began + 80 * epoch_time)
    return run.info.run_id, logged.model_id if logged else ""


def register(runs: list[tuple[str, str]]):
    for _, model in [*runs[:2], runs[0]]:
        version = mlflow.register_model(f"models:/{model}", "churn-classifier")
        client.set_model_version_tag("churn-classifier", version.version, "reviewed", "yes")
    client.update_registered_model("churn-classifier", "Tells which customers will leave next month.")
    client.update_model_version("churn-classifier", "1", "The first one in production.")
    client.set_registered_model_tag("churn-classifier", "team", "retention")
    client.set_registered_model_alias("churn-classifier", "champion", "2")
    client.set_registered_model_alias("churn-classifier", "challenger", "3")
    client.transition_model_version_stage("churn-classifier", "1", "Archived")
    for name in ["demand-forecaster", "fraud-detector"]:
        client.create_registered_model(name)


@mlflow.trace(span_type="RETRIEVER")
def look_up(city: str) -> str:
    return f"It is mild in {city}."


@mlflow.trace
def answer(city: str) -> str:
    mlflow.update_current_trace(metadata={"mlflow.trace.session": "talk-1"}, tags={"team": "weather"})
    return look_up(city).upper()


@mlflow.genai.scorer
def is_upper(outputs):
    return outputs.isupper()


def traces() -> dict[str, str]:
    """Traces of two cities, of which the first has feedback, and an evaluation of both."""
    weather = mlflow.set_experiment("weather-assistant")
    for city in ["Köln", "Bonn"]:
        answer(city)
    mlflow.flush_trace_async_logging()
    trace_id = mlflow.get_last_active_trace_id()
    mlflow.log_feedback(trace_id=trace_id, name="helpful", value=True, rationale="It is short.")
    evaluated = mlflow.genai.evaluate(
        data=[{"inputs": {"city": city}} for city in ["Köln", "Bonn"]], predict_fn=answer, scorers=[is_upper]
    )
    return {"experiment": weather.experiment_id, "trace": trace_id, "run": evaluated.run_id}


runs = [train(index) for index in range(12)]
with mlflow.start_run(run_name="sweep"):
    for depth in [4, 8]:
        with mlflow.start_run(run_name=f"boosting-depth-{depth}", nested=True):
            mlflow.log_metric("val_accuracy", round(0.68 + depth / 200, 2))
with mlflow.start_run(run_name="out-of-memory") as failed:
    pass
client.set_terminated(failed.info.run_id, "FAILED")
register(runs)
mlflow.genai.register_prompt(name="greeting", template="Greet {{name}} kindly.")
for name in ["demand-forecasting", "fraud-detection"]:
    client.create_experiment(name)

traced = traces()
made = {"traced": traced, "assistant": assistant.fill(), "runs": [run for run, _ in runs], "models": [model for _, model in runs[:2]]}
print(json.dumps({"experiment": experiment.experiment_id, **made}))
