import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}

interface Job {
  needs?: string[];
  permissions?: Record<string, string>;
  environment?: string;
  "timeout-minutes"?: number;
  steps: Step[];
}

interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const text = await readFile(".github/workflows/deploy.yml", "utf8");
const scripts: string[] = Object.keys(JSON.parse(await readFile("package.json", "utf8")).scripts);

const uses = ({ steps }: Job, action: string) => steps.find(({ uses }) => uses?.toLowerCase().startsWith(`${action}@`));

/** What is wrong with a workflow that ships the app: nothing, if all is well. */
function faults(source: string): string[] {
  const { permissions, jobs }: Workflow = parse(source);
  const { deploy, build, test } = jobs;
  const shipped = deploy && uses(deploy, "azure/functions-action")?.with;
  const login = deploy && uses(deploy, "azure/login")?.with;
  const smoke = deploy?.steps.at(-1);
  const known = (run = "") => [...run.matchAll(/npm run ([\w:]+)/g)].every(([, name]) => scripts.includes(name!));
  const variables = [...source.matchAll(/\$\{\{\s*([\w.]+)/g)].map(([, name]) => name!);
  const rules: Record<string, unknown> = {
    "only the job that deploys may ask for a token":
      deploy?.permissions?.["id-token"] === "write" &&
      ![permissions, build?.permissions, test?.permissions].some((each) => each?.["id-token"]),
    "no job may write to the repository": [permissions, ...Object.values(jobs).map((each) => each.permissions)].every(
      (each) => each === undefined || each.contents === "read",
    ),
    "no secrets": !/secrets\b|creds|publish-profile|password/i.test(source.replace(/^\s*#.*$/gm, "")),
    "values are ids and names of the environment": variables.every((name) =>
      /^(vars\.(AZURE|MLFLOW)_[A-Z_]+_(ID|NAME)|inputs\.environment)$/.test(name),
    ),
    "sign-in by OIDC":
      Object.keys(login ?? {})
        .toSorted()
        .join() === "client-id,subscription-id,tenant-id",
    "an environment that may protect itself": deploy?.environment,
    "what was tested is deployed": deploy?.needs?.includes("test") && deploy.needs.includes("build"),
    "the whole of CI": test?.steps.some(({ run }) => run === ".ci/run"),
    "the packaged folder": build && uses(build, "actions/upload-artifact")?.with?.path === "dist/app",
    "the same folder is shipped": shipped?.package === "dist/app" && uses(deploy!, "actions/download-artifact"),
    "Flex Consumption without a remote build": shipped?.sku === "flexconsumption" && shipped["remote-build"] === false,
    "scripts that there are": Object.values(jobs).every(({ steps }) => steps.every(({ run }) => known(run))),
    "a smoke test at the end": smoke?.run === "node infra/hooks/postdeploy.mjs" && smoke.env?.MLFLOW_TRACKING_URI,
    "every job ends": Object.values(jobs).every((job) => Number(job["timeout-minutes"]) > 0),
  };
  return Object.keys(rules).filter((rule) => !rules[rule]);
}

describe("the workflow that deploys", () => {
  it("builds, tests, ships dist/app by OIDC and logs a run, without a secret", () => {
    expect(faults(text)).toEqual([]);
  });

  it.each([
    ["only the job that deploys may ask for a token", "      id-token: write\n", ""],
    ["only the job that deploys may ask for a token", "permissions:\n", "permissions:\n  id-token: write\n"],
    ["no job may write to the repository", "contents: read", "contents: write"],
    ["no secrets", "vars.AZURE_CLIENT_ID", "secrets.AZURE_CLIENT_ID"],
    ["values are ids and names of the environment", "vars.AZURE_CLIENT_ID", "vars.AZURE_CLIENT_KEY"],
    ["sign-in by OIDC", "client-id:", "creds:"],
    ["an environment that may protect itself", "    environment: $", "    concurrency: $"],
    ["what was tested is deployed", "needs: [test, build]", "needs: [build]"],
    ["the whole of CI", "run: .ci/run", "run: npm run check"],
    ["the packaged folder", "path: dist/app\n          if", "path: dist\n          if"],
    ["the same folder is shipped", "package: dist/app", "package: ."],
    ["Flex Consumption without a remote build", "remote-build: false", "remote-build: true"],
    ["scripts that there are", "npm run package", "npm run pack"],
    ["a smoke test at the end", "run: node infra/hooks/postdeploy.mjs", "run: curl -f example.com"],
    ["every job ends", "    timeout-minutes: 60\n", ""],
  ])("fails on a broken copy: %s (%j)", (rule, from, to) => {
    expect(text).toContain(from);
    expect(faults(text.replace(from, to))).toContain(rule);
  });
});
