import { app } from "@azure/functions";
import { parseConfig, settingsProblem } from "../shared/platform/config.ts";
import { surviveFaults } from "../shared/platform/faults.ts";
import { groupsWith, oneTable, type SharedByGroups } from "../shared/platform/http/group.ts";
import { takeInvocations } from "../shared/platform/http/invocation.ts";
import { anonymous, type User } from "../shared/platform/identity/caller.ts";
import { signInWarnings } from "../shared/platform/identity/entra-settings.ts";
import { once, onceThere } from "../shared/platform/once.ts";
import { scheduleCleanUp } from "./clean-up/index.ts";

export { listensOn } from "../shared/platform/http/listening.ts";

const context = once(async () => (await import("../shared/platform/context.ts")).makeContext(parseConfig(process.env)));

// In the bundle each import makes an object, so it is not done for every request.
const identifying = onceThere(() => import("../shared/access/identify.ts"));
const readiness = once(() => import("../shared/mlflow/schema/ready.ts"));

function identified(...asked: Parameters<SharedByGroups["identify"]>): User | Promise<User> {
  const loaded = identifying();
  return loaded instanceof Promise ? loaded.then(({ identify }) => identify(...asked)) : loaded.identify(...asked);
}

const group = groupsWith({
  context,
  prepare: async (shared) => {
    await (await readiness()).ensureReady(shared);
    shared.isReady = true;
  },
  identify: (request, shared) =>
    shared.config.MLFLOW_FUNCTIONS_AUTH?.length ? identified(request, shared) : anonymous,
  triedName: (request) => {
    const loaded = identifying();
    return loaded instanceof Promise ? undefined : loaded.triedName(request);
  },
  isAdminByToken: async (request, shared) => (await identifying()).isAdminByToken(request, shared),
  tokens: async (shared) => (await identifying()).apiTokens(shared),
});

/** Groups of stock that are not served. They answer 501, or nothing to the page, under the function that takes all. */
const notServed = [
  () => import("./assistant/routes.ts"),
  () => import("./datasets/routes.ts"),
  () => import("./demo/routes.ts"),
  () => import("./gateway/routes.ts"),
  () => import("./issues/routes.ts"),
  () => import("./jobs/routes.ts"),
  () => import("./label-schemas/routes.ts"),
  () => import("./mcp-servers/routes.ts"),
  () => import("./prompt-optimization/routes.ts"),
  () => import("./review-queues/routes.ts"),
  () => import("./scorers/routes.ts"),
  () => import("./skills/routes.ts"),
  () => import("./webhooks/routes.ts"),
  () => import("./workspaces/routes.ts"),
];

/** Every group with what its functions are called and answer to. Their routes are loaded with the first request. */
export const groups = [
  group("experiments", () => import("./experiments/routes.ts")),
  group("runs", () => import("./runs/routes.ts")),
  group("metrics", () => import("./metrics/routes.ts")),
  group("logged-models", () => import("./logged-models/routes.ts")),
  group("registered-models", () => import("./registered-models/routes.ts")),
  group("model-versions", () => import("./model-versions/routes.ts")),
  group("artifacts", () => import("./artifacts/routes.ts"), {
    artifacts: "{api}/{version}/mlflow/artifacts/{*rest}",
    "get-artifact": "get-artifact",
    "model-versions-get-artifact": "model-versions/get-artifact",
    "upload-artifact": "{api}/{version}/mlflow/upload-artifact/{*rest}",
  }),
  group("mlflow-artifacts", () => import("./mlflow-artifacts/routes.ts"), {
    "mlflow-artifacts": "{api}/{version}/mlflow-artifacts/{*rest}",
  }),
  group("traces", () => import("./traces/routes.ts"), {
    traces: "{api}/{version}/mlflow/traces/{*rest}",
    "get-trace-artifact": "{api}/{version}/mlflow/get-trace-artifact",
  }),
  group("otlp", () => import("./otlp/routes.ts"), { otlp: "v1/traces" }),
  group("users", () => import("./users/routes.ts")),
  group("roles", () => import("./roles/routes.ts")),
  group("tokens", () => import("./tokens/routes.ts"), {
    tokens: "api/functions/tokens/{*rest}",
    "account-tokens": "account/tokens/{*rest}",
  }),
  group("graphql", () => import("./graphql/routes.ts"), { graphql: "graphql" }),
  group("ui", () => import("./ui/routes.ts"), { ui: "static-files/{*rest}" }),
  // The host takes the first function by name whose route matches, so the one that takes all must sort last.
  group("server", oneTable([() => import("./server/routes.ts"), ...notServed]), { "z-server": "{*path}" }),
];

/** Every route of every group. */
export const allRoutes = async () => (await Promise.all(groups.map((group) => group.routes()))).flat();

scheduleCleanUp(context);
surviveFaults();
takeInvocations();

app.hook.appTerminate(async () => {
  const shared = await context().catch(() => undefined);
  await Promise.all([shared?.telemetry?.flush(), shared?.audit.flush()]);
});

// Wrong settings are in the log from the start; each request answers 500.
app.hook.appStart(() => {
  const problem = settingsProblem(process.env);
  if (problem !== undefined) console.error(problem);
  else for (const warning of signInWarnings(parseConfig(process.env))) console.warn(warning);
});
