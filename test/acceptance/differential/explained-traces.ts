import type { Explained } from "./explained.ts";

const refusal = ["status", "body*"] as const;

export const explainedTraces: readonly Explained[] = [
  {
    requests: [
      /^traces: start at the time ("yesterday"|"2023-02-30|"2023-11-14"|"10000|"2023-11-14T22:13:20"|"2023-11-14t|""|17)/,
      /^traces: start with the odd duration /,
      /^traces: start in the odd state /,
      /^traces: start with ({"k":(5|null)}|\[.*\]|"x") as (tags|trace_metadata)$/,
      "traces: v2: end with a bad status",
      "trace changes: delete at most 2147483648",
      /^assessments: (feedback by an odd source|two values|an odd time|metadata that is no map)$/,
      /^assessments: update with the mask ("assessment_name"|5|\["feedback"\])$/,
      "assessments: start with a text as assessments",
    ],
    differs: refusal,
    reason:
      "Stock drops the first member it cannot parse and everything after it, and goes on with the rest: a trace starts in " +
      "1970, an update changes nothing. Bad input is refused here, and changes nothing.",
  },
  {
    requests: [
      "traces: start with a number as id",
      "traces: start with a number as trace",
      "assessments: a number as assessment",
    ],
    differs: ["body.message"],
    reason:
      "Stock complains of an id it lost when it gave up parsing; the message here names the member that is wrong.",
  },
  {
    requests: [
      "traces: start in the experiment ''",
      "traces: start without a location",
      "traces: start in an inference table",
      "traces: start at a location that is none",
      "traces: v2: start without an experiment",
      "traces: start with NUL in a tag",
      "trace changes: set NUL",
      "assessments: an id that is taken",
    ],
    differs: refusal,
    reason: "Stock answers 500 with the text of a Python error. Bad input is a 4xx here.",
  },
  {
    requests: [
      "traces: start with an array",
      /^trace changes: link (the version '(x||1\.5)'|a version that is a number)$/,
      "assessments: a serialized value that is no JSON",
      "assessments: update whether it is valid",
    ],
    differs: ["status", "content-type", "body*"],
    reason:
      "Stock's handler throws and answers a page with status 500. Bad input is a 4xx with MLflow's JSON error here.",
  },
  {
    requests: ["traces: start again, with more"],
    differs: ["body.trace.trace_info.tags.more"],
    reason:
      "To the second start of a trace stock answers without the tags that this start added, though it stores them; the " +
      "answer here has them.",
  },
  {
    requests: [/^traces: v2: end with status ("TRACE_STATUS_UNSPECIFIED"|nothing)$/],
    differs: refusal,
    reason:
      "Stock stores the status that it has for none, cannot read it, and answers 500, to each later read of the trace " +
      "too. Here it is answered as it was given.",
  },
  {
    requests: [/^trace spans: get (one in a file|one without spans(, whole)?|all, one without spans among them)$/],
    differs: refusal,
    reason:
      "Stock answers 500 for a trace whose spans do not lie in its database, and to a whole batch with one of them. Here " +
      "they are read from the trace's file; a trace without spans is answered as one whose spans are on their way.",
  },
  {
    requests: ["trace spans: get with an odd flag"],
    differs: ["body.message"],
    reason:
      "Stock says of flags in queries only what they must be; the message here names the parameter, as for all others.",
  },
  {
    requests: ["trace spans: a file for clients"],
    differs: ["content-type", "body*"],
    reason: "Where nothing is served, the answer is JSON and not a page.",
  },
  {
    requests: ["trace changes: set one of an unknown trace"],
    differs: refusal,
    reason: "Stock answers the database's error; here it is the one that stock has for the name of an unknown trace.",
  },
  {
    requests: ["trace changes: link one twice", "trace changes: link a prompt twice"],
    differs: refusal,
    reason:
      "Stock answers the database's error. A link that is given twice is one link here, as one that is there already.",
  },
  {
    requests: ["assessments: update an issue"],
    differs: refusal,
    reason:
      "Stock can't read the value of an issue, and answers 500. Its name, rationale and metadata can be changed here.",
  },
  {
    requests: ["traces: infos with null as experiments"],
    differs: ["body*"],
    reason: "Stock takes null for a list without experiments; here null counts as absent, as in all other messages.",
  },
  {
    requests: [/^trace search: bad filter \[timestamp (= '5'|> 5\.5|IN \('a'\)|! 5|IS NULL)\]$/],
    differs: ["body.message"],
    reason: "Stock names a clause that begins with `timestamp` and makes no sense twice.",
  },
  {
    requests: [
      /^trace search: bad filter \[(timestamp_ms > '(abc|5\.5)'|(status|tags\.team|span\.name) = \('\w+', '\w+'\))\]$/,
      /^trace search: bad filter \[(span\.attributes\.color IN \('red'\)|status = 'a.b')\]$/s,
      /^trace search: bad order \["(timestamp|tags\.team)/,
      /^trace search: in \[{"mlflow_experiment":{"experiment_id":"(abc)?"}}\]$/,
      'trace search: the token "eyJvZmZzZXQiOiAtMX0="',
      "trace search: v2: of an experiment that is no number",
    ],
    differs: refusal,
    reason:
      "Stock hands these to its database or to Python, and answers 400 or 500 with the text of that error. Here they are " +
      "refused with a message of our own.",
  },
  {
    requests: [`trace search: bad filter [timestamp_ms > '1700000000000' AND span.name = 'x']`],
    differs: refusal,
    reason: "A time may be written as a text. Stock answers 500 where the filter asks for spans too.",
  },
  {
    requests: ["trace search: null results"],
    differs: ["status", "content-type", "body*"],
    reason: "Null means what is not given. Stock's handler throws and answers a page with status 500.",
  },
  {
    requests: ["trace search: 2.5 results", "trace search: in [5]"],
    differs: refusal,
    reason: "Stock drops what it cannot parse and searches without it. Bad input is refused here.",
  },
  {
    requests: ["trace search: of no run"],
    differs: ["body.traces"],
    reason: "Stock finds all traces by `run_id = ''`. No trace is of such a run.",
  },
  {
    requests: ["trace search: of two runs"],
    differs: ["body.traces"],
    reason: "Of several clauses `run_id = ...` stock keeps the last. All clauses have to hold here.",
  },
  {
    requests: [
      /^trace metrics: (view ("traces"|"X"|true|0|99)|aggregations \[(5|null|{"aggregation_type":"count"})\])$/,
      /^trace metrics: (interval 1\.5|from (1\.5|"9223372036854775808")|(2147483648|2\.5) results)$/,
    ],
    differs: refusal,
    reason:
      "Stock drops what it cannot parse, and everything after it: an unknown view is TRACES, a time without meaning no " +
      "time. Bad input is refused here.",
  },
  {
    requests: [/^trace metrics: interval ("?-)/],
    differs: refusal,
    reason: "Stock rounds up to a negative interval, or fails. There is no such interval.",
  },
  {
    requests: [
      /^trace metrics: (aggregations \[{"aggregation_type":"COUNT","percentile_value":5}\]|percentile (101|-1|"x"|null))$/,
      /^trace metrics: the body (\[\]|5)$/,
    ],
    differs: ["status", "content-type", "body*"],
    reason:
      "Stock's handler throws and answers a page with status 500. Bad input is a 4xx with MLflow's JSON error here.",
  },
  {
    requests: [
      /^trace metrics: (aggregations \[\]|percentile "NaN"|-1 results)$/,
      "trace metrics: bad filter [trace.status = 'O\0K']",
    ],
    differs: refusal,
    reason: "Stock answers with the text of its database's error. Here the message is our own.",
  },
  {
    requests: [
      /^trace metrics: correlation: (never together|by assessments|base ("tags\.team|"timestamp)|experiments \["\$exp","\$other"\])/,
    ],
    differs: ["body.npmi", "body.npmi_smoothed"],
    reason: "The last digit of a logarithm is another one in Node than in Python.",
  },
];
