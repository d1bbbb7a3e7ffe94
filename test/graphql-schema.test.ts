import { readFile } from "node:fs/promises";
import {
  buildClientSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
} from "graphql";
import { afterAll, beforeAll, expect, it } from "vitest";
import { mlflowVersion } from "../shared/mlflow/version.ts";
import { type App, startApp } from "./support/app.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

it("is the schema that stock MLflow answers to the same introspection", async () => {
  const query = getIntrospectionQuery({ descriptions: false, typeDepth: 3 });
  const { body } = await app.post("/graphql", { query });
  expect(body.errors).toBeNull();
  const schema = printSchema(lexicographicSortSchema(buildClientSchema(body.data as IntrospectionQuery)));
  expect(`${schema}\n`).toBe(await readFile(`test/contract/mlflow-${mlflowVersion}.graphql`, "utf8"));
});
