import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { allRoutes } from "../functions/main.ts";
import { mlflowVersion } from "../shared/mlflow/version.ts";
import { pathsOf, type Route } from "../shared/platform/http/route.ts";

interface Field {
  name: string;
  message?: string;
}

interface ContractRoute {
  method: string;
  path: string;
  /** Left out where the route takes no message of the protocol. */
  request?: Field[];
}

const contract: { routes: ContractRoute[]; messages: Record<string, Field[]> } = JSON.parse(
  await readFile(`test/contract/mlflow-${mlflowVersion}.json`, "utf8"),
);

const jobs = "Deployment jobs are Databricks' own, and stock drops the field.";

/** Fields that no schema takes, each with the reason. */
const left: Record<string, string> = {
  "POST /api/2.0/mlflow/registered-models/create deployment_job_id": jobs,
  "PATCH /api/2.0/mlflow/registered-models/update deployment_job_id": jobs,
  "POST /api/2.0/mlflow/runs/log-batch metrics.run_id": "Stock logs each metric to the run of the batch.",
  "POST /api/3.0/mlflow/traces trace.spans": "Stock drops them: spans come by OTLP.",
};

/**
 * What a schema is inside of what zod wraps around it: the object, the element of a list, what an optional one holds.
 */
function innermost(schema: z.core.$ZodType): z.core.$ZodType {
  if ("item" in schema) return innermost(schema.item as z.core.$ZodType);
  if (schema instanceof z.ZodPipe) {
    const plain = schema.out instanceof z.ZodTransform && !("item" in schema.out);
    return innermost(plain ? schema.in : schema.out);
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return innermost(schema.unwrap());
  if (schema instanceof z.ZodArray) return innermost(schema.element);
  return schema;
}

const anonymous = (path: string) => path.replace(/<path:\w+>|\*\*:\w+/g, "**").replace(/<\w+>|:\w+/g, ":");

/** Whether the schema takes a field for its run's id under the older name. */
const takesAs = (name: string, schema: z.core.$ZodType) =>
  name === "run_uuid" && !issuesOf(schema, { run_uuid: "x" }).includes("run_id");

const issuesOf = (schema: z.core.$ZodType, input: object) =>
  (z.safeParse(schema, input).error?.issues ?? []).map(({ path }) => path.join("."));

/** The fields of a message that the schema lacks, by their path. A field that is named in the URL is the path's. */
function missing(fields: Field[], schema: z.core.$ZodType, inPath: string[] = []): string[] {
  const inner = innermost(schema);
  if (!(inner instanceof z.ZodObject)) return fields.map(({ name }) => name);
  const shape: Record<string, z.core.$ZodType> = inner.shape;
  return fields.flatMap(({ name, message }) => {
    if (!Object.hasOwn(shape, name)) return inPath.includes(name) || takesAs(name, schema) ? [] : [name];
    // ProtoJSON has a form of its own for these: a time is a text, a value any JSON.
    const nested =
      message === undefined || message.startsWith("google.protobuf.")
        ? []
        : missing(contract.messages[message] ?? [], shape[name]!);
    return nested.map((field) => `${name}.${field}`);
  });
}

const served = new Map(
  (await allRoutes())
    .filter((route) => route.notServed === undefined)
    .flatMap((route) => pathsOf(route).map((path): [string, Route] => [anonymous(`${route.method} ${path}`), route])),
);

describe("the schemas of the routes", () => {
  it("take every field of the contract's requests but those listed with a reason", () => {
    const lacking = contract.routes.flatMap(({ method, path, request = [] }) =>
      method.split("|").flatMap((one) => {
        const route = served.get(anonymous(`${one} ${path}`));
        const inPath = [...path.matchAll(/<(?:path:)?(\w+)>/g)].map(([, name]) => name!);
        return route ? missing(request, route.input, inPath).map((field) => `${one} ${path} ${field}`) : [];
      }),
    );
    expect(lacking).toEqual(Object.keys(left));
  });
});
