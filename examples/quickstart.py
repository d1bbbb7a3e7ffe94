"""A walk through MLflow on this server: python examples/quickstart.py

Needs `pip install mlflow scikit-learn matplotlib pandas` and MLFLOW_TRACKING_URI (else http://127.0.0.1:7071).
"""

import os
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

MODEL = "iris-quickstart"

os.environ.setdefault("MLFLOW_TRACKING_URI", "http://127.0.0.1:7071")
client = MlflowClient()
mlflow.set_experiment("quickstart")
X, y = load_iris(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

# 1. Autologging: params, metrics and the model without a line of logging code.
mlflow.sklearn.autolog()
with mlflow.start_run(run_name="autologged"):
    LogisticRegression(max_iter=500).fit(X_train, y_train)
mlflow.sklearn.autolog(disable=True)

# 2. By hand: a parent run with a nested run a setting, metrics by step, a figure, a table, a folder.
with mlflow.start_run(run_name="by-hand") as parent:
    mlflow.set_tags({"team": "flowers", "stage": "exploration"})
    best_score, best = -1.0, None
    for step, strength in enumerate((0.01, 1.0, 100.0)):
        with mlflow.start_run(run_name=f"C={strength}", nested=True):
            model = LogisticRegression(C=strength, max_iter=2000).fit(X_train, y_train)
            score = model.score(X_test, y_test)
            mlflow.log_param("C", strength)
            mlflow.log_metric("accuracy", score)
        if score > best_score:
            best_score, best = score, model
        mlflow.log_metric("best_accuracy", best_score, step=step)
    figure, axes = plt.subplots()
    axes.bar(X.columns, abs(best.coef_).mean(axis=0))
    mlflow.log_figure(figure, "plots/importance.png")
    mlflow.log_table(pd.DataFrame({"actual": y_test[:10], "predicted": best.predict(X_test[:10])}), "predictions.json")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("notes.txt", "deeper/more notes.txt", "empty"):
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text("" if name == "empty" else f"about {name}\n")
        mlflow.log_artifacts(folder, "notes")

    # 3. The model, registered under a name.
    try:
        client.create_registered_model(MODEL, tags={"task": "classification"}, description="Which iris is it?")
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
        print(f"{MODEL} is there already: this makes another version of it")
    info = mlflow.sklearn.log_model(best, name="model", registered_model_name=MODEL, input_example=X_train[:2])

version = info.registered_model_version
client.transition_model_version_stage(MODEL, version, "Production", archive_existing_versions=True)
client.set_registered_model_alias(MODEL, "champion", version)

# 4. Search, and load the model back by stage, by version and by alias.
found = mlflow.search_runs(filter_string="metrics.accuracy > 0.5 and params.C = '1.0'")
print(f"{len(found)} runs with C=1.0 and an accuracy over 0.5")
print("artifacts:", [file.path for file in client.list_artifacts(parent.info.run_id)])
for uri in (f"models:/{MODEL}/Production", f"models:/{MODEL}/{version}", f"models:/{MODEL}@champion"):
    predictions = mlflow.pyfunc.load_model(uri).predict(X_test)
    print(f"{uri}: accuracy {(predictions == y_test).mean():.3f}")
