import { expect, it } from "vitest";
import { anonymous } from "../../shared/platform/identity/caller.ts";
import { traceFilterSql } from "../../shared/traces/search.ts";

const conditionOf = (filter?: string) =>
  traceFilterSql({ experimentIds: ["1"], access: anonymous.access }, filter).sql.replace(/\s+/g, " ");

it("is true of every trace without a filter", () => {
  expect([undefined, "", "AND"].map(conditionOf)).toEqual(["TRUE", "TRUE", "TRUE"]);
});

it("asks for one span for which all clauses about spans hold", () => {
  const condition = conditionOf("span.name = 'a' AND status = 'OK' AND trace.text LIKE '%b%' AND span.type IN ('LLM')");
  expect(condition.match(/FROM spans/g)).toHaveLength(1);
  expect(condition).toMatch(
    /^t\.status = .* AND EXISTS \(.*s\.name = .* AND s\.content LIKE .* AND s\.type = ANY\(.*\)$/,
  );
});

it("looks for a session's assessments in the experiments that are searched", () => {
  expect(conditionOf("feedback.good = 'yes'")).toMatch(/o\.experiment_id = \?::int AND o\.session_id = t\.session_id/);
});
