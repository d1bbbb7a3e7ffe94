import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { allRoutes } from "../../functions/main.ts";
import { QueryValues } from "../../shared/platform/http/fields.ts";
import { quickOf, refused } from "../../shared/platform/http/quick.ts";

interface Def {
  in?: z.ZodType;
  out?: z.ZodType & { item?: z.ZodType };
  innerType?: z.ZodType;
  shape?: Record<string, z.ZodType>;
}

const defOf = (schema: z.ZodType) => schema.def as unknown as Def;

/** The fields of a message, below what is done to it before and after. */
function shapeOf(schema: z.ZodType): Record<string, z.ZodType> {
  const def = defOf(schema);
  if (def.shape) return def.shape;
  for (const inner of [def.out, def.in, def.innerType]) {
    const shape = inner ? shapeOf(inner) : {};
    if (Object.keys(shape).length > 0) return shape;
  }
  return {};
}

function itemOf(schema: z.ZodType): z.ZodType | undefined {
  const { out } = defOf(schema);
  return out && (out.item ?? itemOf(out));
}

const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const scalar = fc.constantFrom<unknown[]>(
  ...[undefined, null, "", "a text", "\ud800", "5", "-5", "5.5", "NaN", "99999999999999999999", "true", "ACTIVE_ONLY"],
  ...[0, -0, 5, 5.5, -1, 2 ** 31, 2 ** 53, 2 ** 63, 1e300, Number.NaN, Number.POSITIVE_INFINITY, 5n, 2n ** 63n],
  ...[true, false, {}, [], [1], ["a", "b"], ["a", null], { key: "a" }],
  ...[QueryValues.of("5"), QueryValues.of("a", "b"), QueryValues.of("true")],
);

/** Input that is mostly what the schema takes, and now and then anything. */
function inputOf(schema: z.ZodType): fc.Arbitrary<unknown> {
  const fields = Object.entries(shapeOf(schema)).flatMap(([name, field]) => {
    const item = itemOf(field);
    const isMessage = !item && Object.keys(shapeOf(field)).length > 0;
    const usual = item ? fc.array(inputOf(item), { maxLength: 3 }) : isMessage ? inputOf(field) : scalar;
    const value = fc.oneof(scalar, usual);
    return [fc.tuple(fc.constant(name), value), fc.tuple(fc.constant(camel(name)), value)];
  });
  const others = fc.tuple(fc.constantFrom("unknown", "__proto__", "run_uuid"), scalar);
  const entries = fc.array(fc.oneof(...fields, others), { maxLength: 6 });
  return fc.oneof({ weight: 10, arbitrary: entries.map((each) => Object.fromEntries(each)) }, scalar);
}

const routes = (await allRoutes()).filter(({ input }) => quickOf(input));

describe("input that is read without zod", () => {
  it.each(routes.map((route) => [`${route.method} ${route.path}`, route.input] as const))(
    "is what zod reads: %s",
    (_, input) => {
      const quick = quickOf(input)!;
      fc.assert(
        fc.property(inputOf(input), (given) => {
          const before = fc.stringify(given);
          const read = quick(given);
          expect(fc.stringify(given)).toBe(before);
          if (read !== refused) expect({ success: true, data: read }).toStrictEqual(input.safeParse(given));
        }),
        { numRuns: 200 },
      );
    },
  );

  it.each([
    ["GET 2.0/mlflow/runs/get", { run_id: QueryValues.of("a") }],
    ["POST 2.0/mlflow/runs/search", { experiment_ids: ["1"], max_results: 5, filter: "", order_by: ["a"] }],
    ["POST 2.0/mlflow/experiments/search", { max_results: 5 }],
    ["POST 2.0/mlflow/runs/create", { experiment_id: "1", start_time: 5, tags: [{ key: "a", value: "b" }] }],
    ["POST 2.0/mlflow/runs/set-tag", { run_id: "a", key: "b", value: "c" }],
    ["POST 2.0/mlflow/runs/log-metric", { run_id: "a", key: "b", value: 0.5, timestamp: 1, step: 1 }],
    [
      "POST 2.0/mlflow/runs/log-batch",
      { run_id: "a", metrics: [{ key: "b", value: 0.5, timestamp: 1, step: 1 }], params: [], tags: [{ key: "a" }] },
    ],
    ["GET 3.0/mlflow/traces/get", { trace_id: QueryValues.of("tr-1"), allow_partial: QueryValues.of("true") }],
    ["GET 3.0/mlflow/traces/batchGet", { trace_ids: QueryValues.of("tr-1", "tr-2") }],
    [
      "POST 3.0/mlflow/traces/search",
      {
        locations: [{ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "1" } }],
        filter: "name = 'a'",
        max_results: 5,
        order_by: ["timestamp DESC"],
      },
    ],
    ["POST 2.0/mlflow/logged-models/search", { experiment_ids: ["1"], order_by: [{ field_name: "a" }] }],
  ])("is that of %s as clients send it", (name, input) => {
    const route = routes.find(({ method, path }) => `${method} ${path}` === name);
    expect(quickOf(route!.input)!(input)).not.toBe(refused);
  });
});
