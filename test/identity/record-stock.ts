/**
 * Records what a stock server with basic-auth answers in the scenario, into test/contract/basic-auth-answers.json. It
 * needs a Postgres in which it may create a database. `ONLY` is a regular expression for the examples to record anew.
 *
 *     npx esbuild test/identity/record-stock.ts --bundle --platform=node --format=cjs | \
 *       POSTGRES=postgresql://postgres@127.0.0.1:5432/postgres node -
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startStock } from "../acceptance/stock-server.ts";
import { ask } from "./scenario/answers.ts";
import { basicSignIns } from "./scenario/basic.ts";
import { type Example, nameOf } from "./scenario/example.ts";
import { lastOfAll } from "./scenario/examples/holes.ts";
import { examples } from "./scenario/examples/index.ts";
import { compact, type Default, defaults, type Recording, recordingFile } from "./scenario/recording.ts";
import { World } from "./scenario/world.ts";

const wanted = (all: Example[]) => all.filter((example) => new RegExp(process.env.ONLY ?? "").test(nameOf(example)));

const admin = { name: "admin", password: randomBytes(16).toString("hex") };

async function withDatabase<T>(work: (uri: string) => Promise<T>): Promise<T> {
  const postgres = process.env.POSTGRES ?? "";
  const client = new pg.Client({ connectionString: postgres });
  await client.connect();
  const name = `recording_${randomBytes(4).toString("hex")}`;
  await client.query(`CREATE DATABASE ${name}`);
  try {
    return await work(postgres.replace(/\/[^/]*$/, `/${name}`));
  } finally {
    await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await client.end();
  }
}

/** The server remembers verified passwords, since it takes a third of a second for each otherwise. */
const settings = (database: string, fallback: Default) => `[mlflow]
default_permission = ${fallback}
database_uri = ${database.replace(/^postgresql:/, "postgresql+psycopg2:")}
admin_username = ${admin.name}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
auth_cache_ttl_seconds = 3600
`;

async function record(folder: string, fallback: Default): Promise<Recording[Default]> {
  const ini = join(folder, `${fallback}.ini`);
  return withDatabase(async (database) => {
    await writeFile(ini, settings(database, fallback));
    const env = {
      MLFLOW_AUTH_CONFIG_PATH: ini,
      MLFLOW_AUTH_ADMIN_PASSWORD: admin.password,
      MLFLOW_FLASK_SERVER_SECRET_KEY: randomBytes(16).toString("hex"),
    };
    const stock = await startStock({ database, env, auth: true });
    try {
      const world = new World(stock.url, basicSignIns(admin, "stock"));
      await world.fill();
      console.log(`${fallback}: the server is filled`);
      const answers = await ask(world, wanted(examples));
      console.log(`${fallback}: ${answers.size} examples recorded`);
      const last = await ask(world, wanted(lastOfAll), ["admin"]);
      return compact(new Map([...answers, ...last]));
    } finally {
      await stock.stop();
    }
  });
}

const sorted = (recorded: Recording[Default]) => Object.fromEntries(Object.entries(recorded).sort());

async function main() {
  const folder = await mkdtemp(join(tmpdir(), "mlflow-recording-"));
  try {
    const recorded: Recording = JSON.parse(await readFile(recordingFile, "utf8"));
    for (const fallback of defaults) {
      const kept = process.env.ONLY ? recorded[fallback] : {};
      recorded[fallback] = sorted({ ...kept, ...(await record(folder, fallback)) });
      await writeFile(recordingFile, `${JSON.stringify(recorded, null, 1)}\n`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
