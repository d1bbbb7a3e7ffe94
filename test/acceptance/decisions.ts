/** What users may do, asked by requests. */
import pg from "pg";

export interface Person {
  name: string;
  password: string;
}

export async function ask(url: string, { name, password }: Person, method: string, path: string, body?: object) {
  const authorization = `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
  const answer = await fetch(`${url}/api/${path}`, {
    method,
    headers: { authorization, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text.startsWith("{") ? JSON.parse(text) : {} };
}

interface Things {
  experiments: readonly string[];
  models: readonly string[];
}

const asked = ({ experiments, models }: Things): [name: string, method: string, path: string, body?: object][] => [
  ...experiments.flatMap((id): [string, string, string, object?][] => [
    [`reads experiment ${id}`, "GET", `2.0/mlflow/experiments/get?experiment_id=${id}`],
    [
      `edits experiment ${id}`,
      "POST",
      "2.0/mlflow/experiments/set-experiment-tag",
      { experiment_id: id, key: "k", value: "v" },
    ],
    [`deletes experiment ${id}`, "POST", "2.0/mlflow/experiments/delete", { experiment_id: id }],
    [`restores experiment ${id}`, "POST", "2.0/mlflow/experiments/restore", { experiment_id: id }],
  ]),
  ...models.flatMap((name): [string, string, string, object?][] => [
    [`reads ${name}`, "GET", `2.0/mlflow/registered-models/get?name=${encodeURIComponent(name)}`],
    [`edits ${name}`, "POST", "2.0/mlflow/registered-models/set-tag", { name, key: "k", value: "v" }],
  ]),
  ["has users", "GET", "2.0/mlflow/users/get?username=ada"],
  ["has roles", "GET", "3.0/mlflow/users/roles/list?username=ben"],
];

/** Per person, what they may do and what they find. The things are as before in the end. */
export async function decisions(url: string, people: readonly Person[], things: Things) {
  const found: Record<string, { may: string[]; finds: string[] }> = {};
  for (const person of people) {
    const may: string[] = [];
    for (const [name, method, path, body] of asked(things))
      if ((await ask(url, person, method, path, body)).status === 200) may.push(name);
    const search = await ask(url, person, "POST", "2.0/mlflow/experiments/search", { max_results: 100 });
    const models = await ask(url, person, "GET", "2.0/mlflow/registered-models/search");
    const finds = [...(search.body.experiments ?? []), ...(models.body.registered_models ?? [])];
    found[person.name] = { may, finds: finds.map(({ name }) => name).sort() };
  }
  return found;
}

/** All columns, indexes and revisions, in which a migration would show. */
export async function shapeOf(uri: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: uri });
  await client.connect();
  const rows = async (statement: string) => (await client.query(statement)).rows;
  try {
    return [
      await rows(`SELECT table_schema, table_name, column_name, data_type, character_maximum_length
        FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, 3`),
      await rows("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"),
      await rows("SELECT version_num FROM alembic_version UNION ALL SELECT version_num FROM alembic_version_auth"),
    ];
  } finally {
    await client.end();
  }
}
