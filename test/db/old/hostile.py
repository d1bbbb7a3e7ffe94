"""Rows that the steps which move data have to read as Python does."""

import json

from sqlalchemy import text

# What Python reads as a number or does not: of JSON, and of texts in JSON.
NUMBERS = [
    "1", "-1", "0", "-0", "-0.0", "1.0", "1.5", "1e3", "1E400", "-1e400", "1e-400", "9223372036854775807",
    "9223372036854775808", "-9223372036854775808", "9223372036854775000.0", "9.223372036854775e18", "1e18", "1e22",
    "123456789012345678901234567890", "1" * 400, "9" * 4301, "1e16", "123456789012345680.0", "5e-324", "0.1", "NaN",
    "Infinity", "-Infinity", "nan", "true", "false", "null", "[]", "{}", '[1]', "01", "+1", ".5", "1.", "0x10",
    '"1_000.5"', '"1_000"', '"1__0"', '"_1"', '"1_"', '"٣"', '"１２"', '"1_٣"', '"১e٢"', '"𝟡𝟘"', '" 7 "',
    '"\\u001c7"', '"\\u20037\\u3000"', '"\\u00857"', '"\\ufeff7"', '"NaN"', '"inf"', '"-Infinity"', '"1e400"', '"1e3"',
    '"-0.0"', '"1.0"', '"100e-2"', '"1.50e1"', '"0e-400"', '"0e9999"', '"1e99999999999999999999"', '""', '"  "', '"+5"',
    '"1,5"', '"0x1"', '"ten"', '"1\\u0000"', '"\\ud800"', '"½"', '"²"', "\t2", "2 ", "\u00a02", "1 2", "",
]  # fmt: skip

VALUES = [
    '"yes"', '"No"', '" YES\\u001c"', '"\\u001eno\\u2003"', "yes", "NO", "\x1cyes\u3000", "\ufeffyes", '"yes\x01"', "yes no",
    "'yes'", '["yes"]', '{"a": 1}', '"' + "long " * 6000 + '"', '"' + "\\t" * 9000 + 'yes"', "[" * 150, "ＹＥＳ",
]  # fmt: skip


def fill(connection, tables, experiment):
    def insert(table, **values):
        names = ", ".join(values)
        connection.execute(
            text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(':' + name for name in values)})"), values
        )

    def trace(name):
        insert("trace_info", request_id=name, experiment_id=experiment, timestamp_ms=1000, execution_time_ms=5, status="OK")
        return name

    def metadata(name, key, value):
        insert("trace_request_metadata", request_id=name, key=key, value=value)

    if "trace_info" in tables:
        numbers(trace, metadata, insert, "trace_metrics" in tables)
        texts(trace, metadata, insert)
    if "assessments" in tables:
        insert_assessments(trace, insert)
    if "dimension_attributes" in tables.get("spans", ()):
        spans(trace, metadata, insert, experiment)
    if "issues" in tables:
        issues(insert, experiment)
    if "jobs" in tables:
        jobs(insert, tables["jobs"])


TOKENS = ["input_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens", "cache_creation_input_tokens",
          "cache_creation_input_tokens_above_1hr"]  # fmt: skip
COSTS = ["input_cost", "output_cost", "total_cost"]


def numbers(trace, metadata, insert, has_metrics):
    for at, number in enumerate(NUMBERS):
        name = trace(f"tr-number-{at:03}")
        tokens = ", ".join(f'"{key}": {number}' for key in (TOKENS if len(number) < 1000 else TOKENS[:1]))
        metadata(name, "mlflow.trace.tokenUsage", f"{{{tokens}}}")
        costs = ", ".join(f'"{key}": {number}' for key in (COSTS if len(number) < 1000 else COSTS[:1]))
        metadata(name, "mlflow.trace.cost", f"{{{costs}}}")
    for at, document in enumerate(['"{}"', "[]", "null", "", "{", "{} x", "\ufeff{}", '{"input_tokens": 1, "input_tokens": 2}',
                                   '{"input_tokens": 1,}', "{'input_tokens': 1}", ' \n{"total_tokens": 4 }\t']):  # fmt: skip
        name = trace(f"tr-document-{at:03}")
        metadata(name, "mlflow.trace.tokenUsage", document)
        metadata(name, "mlflow.trace.cost", document.replace("tokens", "cost"))
    if has_metrics:
        odd = [1.0, -0.0, 1.5, float("nan"), float("inf"), 1e18, 9.223372036854775e18, 1e22, 123456789012345680.0, 5e-324, None]
        for at, value in enumerate(odd):
            name = trace(f"tr-metric-{at:03}")
            for key in (*TOKENS, "other"):
                insert("trace_metrics", request_id=name, key=key, value=value)
            metadata(name, "mlflow.trace.tokenUsage", '{"input_tokens": 77, "total_tokens": 78}')


def texts(trace, metadata, insert):
    for at, value in enumerate(["", "n", "𝒩" * 4096, "𝒩" * 4097, "é" * 8000, "e\u0301" * 300]):
        name = trace(f"tr-text-{at:03}")
        insert("trace_tags", request_id=name, key="mlflow.traceName", value=value)
        insert("trace_tags", request_id=name, key="kept", value=value)
        metadata(name, "mlflow.trace.session", value)
        metadata(name, "mlflow.trace.user", "kept")
    name = trace("tr-null")
    insert("trace_tags", request_id=name, key="mlflow.traceName", value=None)
    metadata(name, "mlflow.trace.session", None)
    metadata(name, "mlflow.trace.tokenUsage", None)


def insert_assessments(trace, insert):
    trace("tr-assessed")
    for at, value in enumerate(NUMBERS + VALUES):
        insert("assessments", assessment_id=f"a-hostile-{at:03}", trace_id="tr-assessed", name="n", assessment_type="feedback",
               value=value, created_timestamp=1, last_updated_timestamp=1, source_type="HUMAN", valid=True)  # fmt: skip


DIMENSIONS = [
    None, "null", "{}", '{"mlflow.llm.model": "m"}', '{"mlflow.llm.model": "m", "mlflow.llm.provider": "p"}',
    '{"mlflow.llm.model": null}', json.dumps({"mlflow.llm.model": "𝒩" * 501, "mlflow.llm.provider": "é" * 500}),
    '"{\\"mlflow.llm.model\\": \\"twice\\"}"', '{"mlflow.llm.model": "first", "mlflow.llm.model": "last"}',
    '{"mlflow.llm.model": "\\ud835\\udca9 \\u00e9"}', '"null"', '{"mlflow.llm.model": ""}',
]  # fmt: skip


def spans(trace, metadata, insert, experiment):
    odd = [0.25, -0.0, 0.0, float("nan"), float("inf"), float("-inf"), 5e-324, 1e308, None]
    for number in range(3):
        name = trace(f"tr-spans-{number}")
        for at, dimensions in enumerate(DIMENSIONS):
            insert("spans", trace_id=name, experiment_id=experiment, span_id=f"s{at:03}", name="s", type="LLM", status="OK",
                   start_time_unix_nano=at, end_time_unix_nano=at + 5, content="{}", dimension_attributes=dimensions)  # fmt: skip
            for key in (*COSTS, "other"):
                if number < 2:
                    insert("span_metrics", trace_id=name, span_id=f"s{at:03}", key=key, value=odd[at % len(odd)] if number else 0.25)
    metadata("tr-spans-0", "mlflow.gateway.endpointId", "e-1")
    metadata("tr-spans-2", "mlflow.gateway.endpointId", "e-1")


CATEGORIES = [
    None, "[]", '["Cost", " cost ", "COST\\u001c"]', '["\\u0130stanbul", "ΣΑΣ", "straße", "ẞ"]', '["", " "]', '{"a": 1, "A": 2}', '"aba"',
    '["\\ud83d\\udc4d"]',
]  # fmt: skip


def issues(insert, experiment):
    for at, categories in enumerate(CATEGORIES):
        insert("issues", issue_id=f"iss-{at:03}", experiment_id=experiment, name="i", description="d", status="pending",
               categories=categories, created_timestamp=10 + at, last_updated_timestamp=20)  # fmt: skip


def jobs(insert, columns):
    name = "job_name" if "job_name" in columns else "function_fullname"
    for status in range(5):
        values = {"id": f"job-{status}", "creation_time": 1, name: "f", "params": "{}", "status": status, "retry_count": 0}
        insert("jobs", **values, last_update_time=2)
