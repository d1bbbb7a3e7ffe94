/** What a stock server answers wrongly. */
import type { Example } from "../example.ts";
import { promptTag, v2 } from "../world.ts";

const artifact = "/api/2.0/mlflow-artifacts/artifacts/**:artifact_path";

/** An experiment whose files lie where its id is no part of their path, with one run and one file. */
async function elsewhere(it: Parameters<Example["ask"]>[0]): Promise<string> {
  const folder = `free/${it.world.unique("place")}`;
  const experiment = await it.world.anExperiment(undefined, { artifact_location: `mlflow-artifacts:/${folder}` });
  await it.world.grantLikeOwn(it.caller, "experiment", experiment);
  const path = `${folder}/${await it.world.aRun(experiment)}/artifacts`;
  await it.world.upload(`${path}/one.txt`);
  return path;
}

export const holes: Example[] = [
  {
    at: `GET ${artifact}`,
    of: "of an experiment with a place of its own",
    hole: {
      why: "Stock decides by the path's spelling, and gives the file to whom the experiment is denied.",
      caller: "denied",
      stock: "200",
      ours: "404 RESOURCE_DOES_NOT_EXIST",
    },
    ask: async (it) => ({ path: { artifact_path: `${await elsewhere(it)}/one.txt` } }),
  },
  {
    at: `PUT ${artifact}`,
    of: "into an experiment with a place of its own",
    hole: {
      why: "Stock decides by the path's spelling, and refuses the experiment's own editors.",
      caller: "editor",
      stock: "403",
      ours: "200",
    },
    ask: async (it) => ({ path: { artifact_path: `${await elsewhere(it)}/two.txt` }, raw: "content" }),
  },
  {
    at: `POST ${v2}/experiments/create`,
    of: "in a run's folder",
    hole: {
      why: "Stock lets anyone place an experiment in another's run, and then write there through runs of that experiment.",
      caller: "denied",
      stock: "200",
      ours: "400 INVALID_PARAMETER_VALUE",
    },
    ask: ({ own, world }) => ({
      body: {
        name: world.unique("intruder"),
        artifact_location: `mlflow-artifacts:/${own.experiment}/${own.run}/artifacts`,
      },
    }),
  },
  {
    at: `POST ${v2}/registered-models/set-tag`,
    of: "that makes a model a prompt",
    hole: {
      why: "Stock lets the tag be flipped, after which the model's grants no longer apply.",
      caller: "editor",
      stock: "200",
      ours: "400 INVALID_PARAMETER_VALUE",
    },
    ask: async (it) => ({ body: { name: await it.aModel(), ...promptTag } }),
  },
  {
    at: `DELETE ${v2}/registered-models/delete-tag`,
    of: "that makes a prompt a model",
    hole: {
      why: "Stock lets the tag be taken away, after which the prompt's grants no longer apply.",
      caller: "editor",
      stock: "200",
      ours: "400 INVALID_PARAMETER_VALUE",
    },
    ask: async (it) => ({ body: { name: await it.aModel("prompt"), key: promptTag.key } }),
  },
  {
    at: `POST ${v2}/registered-models/create`,
    of: "with a name too long to grant",
    hole: {
      why: "Stock creates the model, fails to grant it to its creator, and answers 400.",
      caller: "stranger",
      stock: "400 BAD_REQUEST",
      ours: "200",
    },
    ask: ({ world }) => ({ body: { name: world.unique("long").padEnd(256, "x") } }),
  },
  {
    at: `GET ${v2}/runs/get`,
    of: "with a Bearer token",
    signsIn: false,
    hole: {
      why: "Stock answers 500 to a Bearer token while it remembers passwords.",
      caller: "reader",
      stock: "500",
      ours: "401 UNAUTHENTICATED",
    },
    ask: ({ own }) => ({ query: { run_id: own.run }, authorization: "Bearer nonsense" }),
  },
];

/** Asked of the admin alone, after everything else: a stock server has no admin left then. */
export const lastOfAll: Example[] = [
  {
    at: `PATCH ${v2}/users/update-admin`,
    of: "the only admin",
    hole: {
      why: "Stock lets the last admin give up being one.",
      caller: "admin",
      stock: "200",
      ours: "400 INVALID_PARAMETER_VALUE",
    },
    ask: ({ world }) => ({ body: { username: world.signIns.nameOf("admin"), is_admin: false } }),
  },
];
