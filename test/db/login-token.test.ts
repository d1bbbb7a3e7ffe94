import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from "vitest";
import type {} from "../../shared/platform/azure/address.ts";
import { parseConfig } from "../../shared/platform/config.ts";
import { Database } from "../../shared/platform/db/database.ts";
import { sql } from "../../shared/platform/db/sql.ts";
import { aManagedIdentity, aToken, type ManagedIdentity, tokenOf } from "../support/managed-identity.ts";
import { aPgBouncer } from "../support/pgbouncer.ts";

/** The end of the host names of each cloud, and the resource of its tokens. */
const clouds = {
  public: ["azure.com", "https://ossrdbms-aad.database.windows.net"],
  government: ["usgovcloudapi.net", "https://ossrdbms-aad.database.usgovcloudapi.net"],
  china: ["chinacloudapi.cn", "https://ossrdbms-aad.database.chinacloudapi.cn"],
} as const;
type Cloud = keyof typeof clouds;

const roles = Object.fromEntries(Object.keys(clouds).map((cloud) => [cloud, `id-${randomBytes(6).toString("hex")}`]));

let admin: pg.Pool;
let identity: ManagedIdentity;
/** What the endpoint does with a request for a token of this role; it becomes the role's password. */
let issue: (role: string) => Promise<string>;
let open: Database[] = [];

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  admin = new pg.Pool({ connectionString: inject("postgres").replace(/\/mlflow$/, "/postgres"), max: 2 });
  for (const role of Object.values(roles)) await admin.query(`CREATE ROLE "${role}" LOGIN`);
  // One endpoint for all tests: the library reads its address once a process.
  identity = await aManagedIdentity((resource) => {
    const [cloud] = Object.entries(clouds).find(([, [, known]]) => known === resource)!;
    return issue(roles[cloud]!);
  });
  Object.assign(process.env, identity.settings);
  // Takes seconds on a busy machine.
  await import("@azure/identity");
});
beforeEach(() => {
  issue = (role) => tokenOf(role, admin);
  identity.asked = [];
  identity.mode = "tokens";
});
afterEach(async () => {
  await Promise.all(open.map((database) => database.end()));
  open = [];
});
afterAll(async () => {
  for (const role of Object.values(roles)) await admin.query(`DROP ROLE "${role}"`);
  await admin.end();
  await identity.close();
});

const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

/** Seconds before the end of the last token, or after it. */
const beforeEnd = (seconds: number) => vi.setSystemTime(identity.endsAt - seconds * 1000);

/** The database as a further instance of the app has it: without a connection yet. */
function anInstance(
  cloud: Cloud,
  settings: Record<string, string> = {},
  address = "127.0.0.1",
  port?: number,
): Database {
  const host = `team.postgres.database.${clouds[cloud][0]}:${port ?? new URL(inject("postgres")).port}`;
  const uri = `postgresql://${roles[cloud]}@${host}/postgres?hostaddr=${address}&sslmode=disable`;
  const patience = { MLFLOW_FUNCTIONS_CONNECT_TIMEOUT_SECONDS: "60" };
  const database = new Database(uri, parseConfig({ ...patience, ...settings }));
  open.push(database);
  return database;
}

/** How often a token of the cloud was asked for since the test began. */
const asked = (cloud: Cloud) => identity.asked.filter((resource) => resource === clouds[cloud][1]).length;

/** From now on each role gets one token however often it asks, so that late tries of the library's change nothing. */
function issueOnce(): void {
  const issued = new Map<string, Promise<string>>();
  issue = (role) => {
    issued.set(role, issued.get(role) ?? tokenOf(role, admin));
    return issued.get(role)!;
  };
}

const whoAmI = async (database: Database) =>
  (await database.reading.query<{ name: string }>(sql`SELECT current_user AS name, pg_sleep(0.1)`))[0]!.name;

/** Logins of several instances at once: each query needs a connection of its own. */
const logins = (cloud: Cloud) =>
  Promise.all([1, 2, 3].map(() => anInstance(cloud)).flatMap((each) => [1, 2, 3, 4, 5].map(() => whoAmI(each))));

const succeed = (cloud: Cloud) => expect(logins(cloud)).resolves.toEqual(Array(15).fill(roles[cloud]));

/** The library may still be busy with tries that failed: it gives up after 15 seconds. */
const healed = (cloud: Cloud) =>
  expect
    .poll(() => whoAmI(anInstance(cloud)).catch(() => "not yet"), { timeout: 45_000, interval: 500 })
    .toBe(roles[cloud]);

describe("a token instead of a password", () => {
  it("is fetched once for all connections, from an endpoint asked for the cloud's resource", async () => {
    for (const cloud of Object.keys(clouds) as Cloud[]) {
      identity.asked = [];
      await succeed(cloud);
      await succeed(cloud);
      expect(identity.asked).toEqual([clouds[cloud][1]]);
    }
  });

  it("is renewed before its end, while the old one is used", async () => {
    await succeed("government");
    identity.asked = [];
    beforeEnd(200);
    let renewed = () => {};
    const underWay = new Promise<void>((done) => {
      renewed = done;
    });
    issue = async (role) => {
      await underWay;
      return tokenOf(role, admin);
    };
    await succeed("government");
    expect(asked("government")).toBe(1);
    const { endsAt } = identity;
    renewed();
    await expect.poll(() => identity.endsAt, { timeout: 30_000 }).toBeGreaterThan(endsAt);
    // Past the end of the old one.
    later(300);
    await succeed("government");
    expect(asked("government")).toBe(1);
  });

  it("is used to its end where there is no new one", async () => {
    await succeed("government");
    beforeEnd(200);
    issueOnce();
    identity.mode = "error";
    await succeed("government");
    identity.mode = "tokens";
    // Past its end: whoever logs in waits for the new one.
    beforeEnd(-1);
    await healed("government");
    await succeed("government");
  });
});

describe("a server that refuses the token", () => {
  const refused = {
    status: 503,
    message: expect.stringMatching(/refuses the token of the app's identity: it has no role/),
  };

  it("gets a new one, which is one fetch for all connections", async () => {
    await succeed("public");
    identity.asked = [];
    await tokenOf(roles.public!, admin);
    await succeed("public");
    expect(asked("public")).toBe(1);
  });

  it("is asked again and again where it refuses the new one too, without a fetch for each, and heals", async () => {
    later(61);
    let last = "";
    await tokenOf(roles.public!, admin);
    issue = async () => {
      last = aToken();
      return last;
    };
    for (let request = 0; request < 3; request++)
      await expect(whoAmI(anInstance("public"))).rejects.toMatchObject(refused);
    expect(asked("public")).toBe(1);
    await admin.query(`ALTER ROLE "${roles.public}" PASSWORD '${last}'`);
    await succeed("public");
    expect(asked("public")).toBe(1);
  });
});

describe("an identity that answers no token", () => {
  const settings = { MLFLOW_FUNCTIONS_CONNECT_TIMEOUT_SECONDS: "2" };
  const late = /^The app's identity gets no token for the database.*; nothing was changed\. Try again\.$/;

  it.each(["silence", "error"] as const)("costs what a connection may, and heals: %s", async (mode) => {
    later(7200);
    issueOnce();
    identity.mode = mode;
    const instance = anInstance("china", settings);
    const answers = await Promise.allSettled(Array.from({ length: 5 }, () => whoAmI(instance)));
    const reasons = answers.map((answer) => (answer.status === "rejected" ? answer.reason : undefined));
    expect(reasons.map((reason) => reason?.status)).toEqual(Array(5).fill(429));
    // The others waited for their turn to connect.
    expect(reasons.map(({ message }) => message)).toContainEqual(expect.stringMatching(late));
    identity.mode = "tokens";
    identity.drop();
    await healed("china");
  });
});

it("a token is the password at PgBouncer's port too, without named statements", async () => {
  // The port is known by its number, so this PgBouncer has an address of its own.
  const address = `127.${[1, 2, 3].map(() => 1 + Math.floor(Math.random() * 250)).join(".")}`;
  later(7200);
  issueOnce();
  const uri = inject("postgres").replace(/\/mlflow$/, "/postgres");
  const bouncer = await aPgBouncer(uri, [], { address, port: 6432, ownPasswords: true });
  try {
    const instance = anInstance("government", {}, address, 6432);
    expect(await whoAmI(instance)).toBe(roles.government);
    for (let turn = 0; turn < 3; turn++) await instance.reading.query(sql`SELECT ${turn}::int AS turn`);
    const names = await instance.reading.query(sql`SELECT name FROM pg_prepared_statements`);
    expect(names).toEqual([]);
    await expect(whoAmI(anInstance("china", {}, address, 6432))).resolves.toBe(roles.china);
  } finally {
    await bouncer.stop();
  }
});
