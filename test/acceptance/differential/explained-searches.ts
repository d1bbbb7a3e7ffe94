import type { Explained } from "./explained.ts";

const refusal = ["status", "body*"] as const;

/** Those of searches and of GraphQL. */
export const explainedSearches: readonly Explained[] = [
  {
    requests: ["graphql: runs by a mutation", "graphql: deleted runs"],
    differs: ["body*"],
    reason: "Stock fails at every runViewType, since it hands its own enumeration on; here it means what it says.",
  },
  {
    requests: ["graphql: a history"],
    differs: ["body.errors"],
    reason: "A NaN of a history is null here, as one of a run's metrics is in both; stock adds an error for it.",
  },
  {
    requests: [/^logged model search: filter \[experiment_id (= '2147483648'|IN \('0', '99999999999999999999'\))\]$/],
    differs: refusal,
    reason:
      "An experiment that can't exist matches nothing, as in stock's other searches; here its database refuses the number.",
  },
  {
    requests: ["metrics: interval of one run twice"],
    differs: ["body.metrics"],
    reason:
      "A run that is named twice is answered once here, so that a short request can't ask for a very long answer.",
  },
  {
    requests: [
      "run search: 101 comparisons",
      "run search: an order of 31 metrics",
      "run search: a filter of 300,000 characters",
    ],
    differs: refusal,
    reason:
      "A filter can have 100 comparisons, 10,000 words and signs and 262,144 characters here, an order_by 30 entries: beyond " +
      "what clients send. Stock needs 24 s for 100 params and minutes for 300; here one request could fill a Postgres backend.",
  },
];
