"""Finds the best of the typical runs and loads its model: python bench/typical_read.py <times>."""

import sys

import mlflow

for _ in range(int(sys.argv[1])):
    experiment = mlflow.get_experiment_by_name("typical")
    mlflow.search_runs([experiment.experiment_id], order_by=["metrics.accuracy DESC"], max_results=100)
    best = mlflow.search_logged_models([experiment.experiment_id], max_results=1, output_format="list")[0]
    mlflow.pyfunc.load_model(best.model_uri)
