import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const filesOf = (...patterns: string[]) =>
  execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--", ...patterns], {
    encoding: "utf8",
  })
    .split("\n")
    .filter(Boolean);

const linesOf = (file: string) => readFileSync(file, "utf8").split("\n");

/** State outside of functions and classes: what can be assigned anew, and what remembers. */
const moduleState =
  /^(?:export )?(?:let (\w+)|const (\w+)\b.*? = (?:new (?:Map|Set|WeakMap|WeakSet)\b[^([]*\(\)|(?:once(?:For|There)?|remembered)\b))/;

/** By what it is good for, as ARCHITECTURE.md has it. All else belongs to the context. */
const allowed = {
  "of the process": [
    "functions/main.ts context",
    "shared/page/bundle.ts bundle",
    "shared/traces/prices/installed.ts installedPrices",
    "shared/platform/http/listening.ts address",
    "shared/platform/identity/credential.ts identity",
    "shared/platform/identity/login-token.ts tokens",
    "shared/platform/once-a-minute.ts told",
  ],
  "kept by the object it belongs to": [
    "shared/access/entra.ts signIn",
    "shared/access/identify.ts apiTokens",
    "shared/access/identify.ts basicSignIn",
    "shared/artifacts/cors.ts answersOf",
    "shared/mlflow/schema/ready.ts ensureReady",
    "shared/platform/http/match.ts routers",
  ],
  "what is loaded at first use": [
    "functions/graphql/query.ts loaded",
    "functions/main.ts identifying",
    "functions/main.ts readiness",
    "shared/access/identify.ts entra",
  ],
  "the memory of a pure function, bounded": [
    "shared/mlflow/search/clauses.ts parsed",
    "shared/platform/http/hosts.ts isHost",
    "shared/platform/http/hosts.ts isLocal",
    "shared/platform/http/url.ts beginning",
  ],
};

describe("the state of modules", () => {
  it("is what cannot belong to a context", () => {
    const found = filesOf("functions/*.ts", "shared/*.ts", "cli/*.ts").flatMap((file) =>
      linesOf(file).flatMap((line) => {
        const [, variable, constant] = moduleState.exec(line) ?? [];
        return variable || constant ? [`${file} ${variable ?? constant}`] : [];
      }),
    );
    expect(found.sort()).toEqual(Object.values(allowed).flat().sort());
  });
});
