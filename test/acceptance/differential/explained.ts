import { explainedArtifacts } from "./explained-artifacts.ts";
import { explainedSearches } from "./explained-searches.ts";
import { explainedTraces } from "./explained-traces.ts";

/** Where this app answers otherwise than stock MLflow, on purpose. */
export interface Explained {
  /**
   * Recorded requests, by name or pattern. Each name has to differ in at least one of `differs`, each pattern to match
   * one that does.
   */
  requests: readonly (string | RegExp)[];
  /** The paths that differ, as the comparison writes them; `body*` is the body and everything in it. */
  differs: readonly string[];
  reason: string;
}

const refusal = ["status", "body*"] as const;

export const explained: readonly Explained[] = [
  ...explainedArtifacts,
  ...explainedSearches,
  ...explainedTraces,
  {
    requests: [
      "experiments: create with a number as tag value",
      'experiment search: view "NOPE" ("NOPE")',
      "experiment search: with GET and a bad view",
      /^runs: create with start time (1\.5|true|"9223372036854775808")$/,
      "runs: create with tags as object",
      /^runs: update to bad status ("finished"|"NOPE"|""|true|1\.5)$/,
      /^runs: update to end time (1\.5|9300000000000000000)$/,
      /^batch: a metric with a (bad|boolean) value$/,
      "batch: a metric with a bad step",
      "batch: a param with a number",
      /^run search: (a number as token|at most (1\.5|true))$/,
      /^run search: view ("all"|"NOPE"|4|0|true) /,
      "run search: a number as experiment",
      /^metrics: log the odd value ("nan"|"inf"|"-inf"|true)$/,
      /^metrics: log the odd timestamp (1\.5|true|"9223372036854775808")$/,
      /^metrics: log the odd (bare )?step ("?9223372036854775808"?|"-9223372036854775809"|1\.5|true|"1\.0"|"1e3"|1e19)$/,
      "inputs: log a dataset that is a string",
      'logged model search: order [{"field_name":"creation_timestamp","ascending":"x"}]',
      "logged models: log a number as param",
      /^logged models: finalize as (9|"READY")$/,
      /^metrics: history of at most ("abc"|1\.5|"2147483648"|"")$/,
    ],
    differs: refusal,
    reason:
      "Stock drops the first member it cannot parse and everything after it, and goes on with the rest: a run gets " +
      "start time 0, a search its defaults. Bad input is refused here, and changes nothing.",
  },
  {
    requests: [
      "experiments: create with a tag that is no object",
      /^experiment search: (order \[5\]|view 9 \(9\)|at most (1\.5|true))$/,
      "batch: by run_uuid",
      "inputs: search-datasets of text",
    ],
    differs: ["body.message"],
    reason:
      "Stock complains of a member it lost when it gave up parsing; the message here names the one that is wrong.",
  },
  {
    requests: [
      /^experiments: (an array|an array of objects|a number|true|a string) as body$/,
      "experiments: triple-encoded JSON",
      "runs: create with start time [1]",
      /^metrics: log the odd value (\[1\]|\{"a":1\})$/,
      'metrics: bulk of at most "abc"',
      "registered models: create with an array",
      "logged model search: a bad token",
      /^batch: (an empty body|malformed JSON|an array|a metric that is a string)$/,
    ],
    differs: ["status", "content-type", "body*"],
    reason:
      "Stock's handler throws and answers a page with status 500. Bad input is a 4xx with MLflow's JSON error here.",
  },
  {
    requests: ["batch: null lists", "run search: at most null"],
    differs: ["status", "content-type", "body*"],
    reason: "Stock's handler throws on null; here null counts as absent, as in all of stock's other messages.",
  },
  {
    requests: [
      "experiments: NUL in the name",
      "runs: create with NUL",
      "runs: set NUL as tag",
      "params: log NUL",
      "batch: NUL in a tag",
      "logged models: create with the name a\0b",
      "registered models: create the name 'a\0b'",
    ],
    differs: refusal,
    reason: "PostgreSQL stores no NUL. Stock answers 500; bad input is a 4xx here.",
  },
  {
    requests: ["metrics: history of bare NaN", "metrics: history of bare Infinity", "metrics: history of bare 1e400"],
    differs: ["body.metrics[].value", "body.metrics[].timestamp", "body.metrics[].step"],
    reason: "Stock takes a bare NaN or infinity for value 0 at time 0; here it is what Python's json meant by it.",
  },
  {
    requests: ["experiments: a lone surrogate"],
    differs: ["body.message"],
    reason: "Stock loses the whole name and says it is empty; the message here names what is wrong with it.",
  },
  {
    requests: ["experiments: get the id ٣", 'metrics: log the odd value "1_000"'],
    differs: refusal,
    reason:
      "Python's int() and float() take the digits of every script, and underscores; here numbers are as JSON has them.",
  },
  {
    requests: [
      /^experiments: create at (ftp|http):\/\/host\/x$/,
      "experiments: create at a location of 3000",
      /^model versions: create from '(https?|ftp|hdfs):/,
    ],
    differs: ["body.message"],
    reason: "Stock's message names a setting of its own that this app does not have.",
  },
  {
    requests: ["experiments: create in a container elsewhere"],
    differs: refusal,
    reason: "Stock stores any location. This app signs for what it stores, so it takes its allowed roots only.",
  },
  {
    requests: [
      /^(experiment search|run search|metrics): (history with )?the token '?eyJvZmZzZXQiOiAtMX0='?$/,
      "metrics: bulk of at most -1",
      /^run search: the token '(W10=|bnVsbA==|ü)'$/,
      "run search: filter [run_id IN (abc)]",
      /^logged model search: filter \[(creation_timestamp > abc|nope = 'x')\]$/,
      "inputs: log an output with a bad step",
    ],
    differs: refusal,
    reason: "Stock passes these on until Python or the database fails. Bad input is INVALID_PARAMETER_VALUE here.",
  },
  {
    requests: [
      /^mlflow-artifacts: (download|upload to) (\/etc\/passwd|%2fetc%2fpasswd|\/\/etc\/passwd|file:\/\/\/etc\/passwd)$/,
      /^mlflow-artifacts: (download|upload to) dir\/\/one\.txt$/,
      "mlflow-artifacts: download ....//x",
      /^routes: GET (\/\/api\/2\.0|\/api\/2\.0\/)\/mlflow\/experiments\/get$/,
    ],
    differs: ["status", "content-type", "body*"],
    reason:
      "Nothing is served at a path with an empty segment, as the Functions host routes it; an encoded slash makes none.",
  },
  {
    requests: [
      /^routes: (GET|POST|PUT|PATCH|DELETE|OPTIONS|HEAD) /,
      /^mlflow-artifacts: (delete nothing|upload with POST)$/,
      "metrics: bulk under api",
      /^inputs: search-datasets (under api|with GET)$/,
      /^registered models: (search|delete) with POST$/,
      "logged models: get at a longer path",
      "runs: create at 3.0",
      "runs: get with POST",
    ],
    differs: ["content-type", "body"],
    reason: "Where nothing is served stock answers a page; here every error is MLflow's JSON.",
  },
  {
    requests: ["registered models: at most -1", "logged model search: at most -1"],
    differs: refusal,
    reason: "A negative limit is a mistake of the caller's; stock cuts the last of its list off.",
  },
  {
    requests: ["experiments: create at relative"],
    differs: refusal,
    reason:
      "Stock takes a relative location for a folder below the one its server runs in. This server has none, and says so.",
  },
  {
    requests: [/^model versions: create on wasbs (from another|in no) run$/],
    differs: refusal,
    reason:
      "Stock asks only of an mlflow-artifacts: source that it lies in the run or logged model named beside it. Every spelling of " +
      "a place inside this app's roots meets that rule here, since the app would serve it.",
  },
  {
    requests: ["model versions: create on abfss"],
    differs: refusal,
    reason: "abfss:// is a second name of the Azure storage that this app serves; stock refuses it as a source.",
  },
  {
    requests: [/^model versions: to (none|archived), archiving$/],
    differs: ["status", "body.error_code", "body.sqlstate", "body.error_class"],
    reason: "Bad input is a 4xx here. Stock says the same with status 500.",
  },
  {
    requests: ["routes: HEAD experiments/get"],
    differs: ["status"],
    reason: "Stock does not read the query of a HEAD; here it is answered as the GET, without the body.",
  },
  {
    requests: [/server-info$/, "routes: server-info with a workspace"],
    differs: ["body.multipart_uploads_enabled", "body.multipart_downloads_enabled", "body.artifacts_presigned_only"],
    reason: "Direct transfers are what this app is for, so it advertises them unless they are switched off.",
  },
  {
    requests: [/server-info$/, "routes: server-info with a workspace"],
    differs: ["body.skill_content_max_size", "body.skill_content_max_files", "body.features_enabled.gateway"],
    reason: "The gateway and the skill registry are not served, and server-info says so.",
  },
  {
    requests: ["runs: delete with run_uuid", "metrics: log camelCase"],
    differs: refusal,
    reason: "A run may be named by its old name, and fields in camelCase, wherever a run or a field is named.",
  },
  {
    requests: [
      'metrics: log the odd timestamp ""',
      "run search: filter [/* c */ metrics.acc > 0.5]",
      "model versions: create from 'mlflow-artifacts://host/x'",
      "mlflow-artifacts: download dir/./one.txt",
    ],
    differs: ["body.message"],
    reason: "The same refusal in other words: here there is neither a setting to name nor a comment in the grammar.",
  },
  {
    requests: ["routes: GET /admin/host/status"],
    differs: ["status", "content-type", "body*"],
    reason: "The Functions host keeps /admin for itself, and answers 401 to who has none of its keys.",
  },
  {
    requests: ["runs: get a long id"],
    differs: ["body.message"],
    reason: "A message repeats at most 200 characters of what was sent; stock repeats all of it.",
  },
  {
    requests: ["logged models: delete a tag with a slash"],
    differs: ["content-type", "body"],
    reason:
      "An encoded slash stays part of the tag's key here; stock decodes it and finds no such route. Both are 404.",
  },
  {
    requests: ["model versions: create from an unknown model", "mlflow-artifacts: upload to dir/./one.txt"],
    differs: ["status", "body*", "content-type"],
    reason: "Stock answers 500 for what the caller got wrong, or for a path that is another spelling of a good one.",
  },
  {
    requests: ["logged model search: order of texts"],
    differs: ["body.message", "body.sqlstate", "body.error_class"],
    reason: "Stock takes a text for an empty order and complains of its field; the message here names what is wrong.",
  },
  {
    requests: ["routes: GET /ajax-api/3.0/mlflow/server-info"],
    differs: [
      "body.presigned_upload_run_id_supported",
      "body.presigned_upload_model_id_supported",
      "body.model_artifact_presigned_downloads_supported",
    ],
    reason: "The page is told of direct transfers only where the storage account's CORS rules let it make them.",
  },
];
