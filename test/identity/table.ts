/** The table of all routes and all callers, for one way to sign in. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../support/app.ts";
import { aDestination } from "../support/artifacts.ts";
import { contradictions, type Judged } from "./judge.ts";
import { type Answers, ask } from "./scenario/answers.ts";
import { type Caller, callers } from "./scenario/callers.ts";
import { nameOf } from "./scenario/example.ts";
import { Rights } from "./scenario/meaning.ts";
import { type SignIns, World } from "./scenario/world.ts";
import { otherRequests, servedExamples, textOf } from "./served.ts";

interface WayToSignIn extends Judged {
  name: string;
  settings: Record<string, string>;
  signIns(app: App): SignIns | Promise<SignIns>;
}

export interface Table {
  answers: Map<string, Answers>;
}

const admitted = (caller: Caller, defaults: Judged["defaults"]) => new Rights(caller, defaults).comesIn;

/** Asks everything of everyone, and holds the answers against the routes' rules. */
export function describeTable({ name, settings, signIns, ...judged }: WayToSignIn): Table {
  const table: Table = { answers: new Map() };
  let app: App;
  let world: World;

  beforeAll(async () => {
    app = await startApp({ ...aDestination(), MLFLOW_ARTIFACTS_PRESIGNED_ONLY: "false", ...settings });
    world = new World(app.url, await signIns(app));
    await world.fill();
    table.answers = await ask(world, servedExamples);
  }, 600_000);
  afterAll(() => app.close());

  describe(name, () => {
    it("answers every caller of every route, as the route's rule says", () => {
      const wrong = servedExamples.flatMap((example) => {
        const answers = table.answers.get(nameOf(example))!;
        expect(Object.keys(answers).sort()).toEqual([...callers].sort());
        return contradictions(example, textOf(example), answers, judged);
      });
      expect(wrong).toEqual([]);
    });

    it("answers alike what is absent and what may not be read", () => {
      const pairs = servedExamples.filter(({ absent }) => absent);
      for (const { at, of } of pairs.filter(({ of }) => of === "absent")) {
        const [present, absent] = [table.answers.get(at)!, table.answers.get(`${at} (${of})`)!];
        expect([at, absent.denied, absent["editor of all but own"]]).toEqual([
          at,
          present.denied,
          present["editor of all but own"],
        ]);
      }
      expect(pairs.length).toBeGreaterThan(5);
    });

    it("asks for a sign-in before it says that a route is not served, and under both prefixes", async () => {
      const who: Caller[] = ["none", "stranger", "denied", "admin"];
      const wrong: string[] = [];
      for (const { line, route } of otherRequests)
        for (const caller of who) {
          const [method, path] = line.split(" ") as [string, string];
          const { status } = await app.request(method, path, { headers: world.signIns.headers(caller) });
          const isUnknown = caller === "none" && !route.may.open;
          const [right = 501] = isUnknown ? [401] : admitted(caller, judged.defaults) ? [] : [403];
          if (route.notServed || isUnknown ? status !== right : status === 401)
            wrong.push(`${line}, ${caller}: ${status}`);
        }
      expect(wrong).toEqual([]);
    });
  });
  return table;
}
