"""Training runs as they are usual: python bench/typical_run.py <runs>. MLFLOW_TRACKING_URI says where.

A run has 20 params, three metrics at each of 100 steps, two tags, a text, a figure and a model with its signature.
"""

import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import mlflow
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

X, y = load_iris(return_X_y=True, as_frame=True)
mlflow.set_experiment("typical")
for number in range(int(sys.argv[1])):
    with mlflow.start_run():
        mlflow.log_params({f"param_{index}": index * number for index in range(20)})
        mlflow.set_tags({"team": "flowers", "stage": "exploration"})
        for step in range(100):
            mlflow.log_metrics({"loss": 1 / (step + 1), "accuracy": 1 - 1 / (step + 2), "lr": 0.01}, step=step)
        mlflow.log_text("What was found\n" * 50, "notes.txt")
        figure, axes = plt.subplots()
        axes.plot([1 / (step + 1) for step in range(100)])
        mlflow.log_figure(figure, "loss.png")
        plt.close(figure)
        model = LogisticRegression(max_iter=500).fit(X, y)
        mlflow.sklearn.log_model(model, name="model", signature=infer_signature(X, model.predict(X)))
