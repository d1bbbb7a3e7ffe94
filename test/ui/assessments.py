"""Prints the assessments of a trace as the stock client reads them, in order of their names."""

import json
import sys

import mlflow


def fields(assessment) -> dict:
    return {
        "name": assessment.name,
        "value": assessment.value,
        "rationale": assessment.rationale or "",
        "source": assessment.source.source_type,
        "valid": assessment.valid,
        "overrides": assessment.overrides is not None,
    }


read = sorted(map(fields, mlflow.get_trace(sys.argv[1]).info.assessments), key=lambda one: (one["name"], one["overrides"]))
print(json.dumps(read))
