import type { Example } from "../example.ts";
import { artifacts } from "./artifacts.ts";
import { experiments } from "./experiments.ts";
import { holes } from "./holes.ts";
import { loggedModels } from "./logged-models.ts";
import { registeredModels } from "./registered-models.ts";
import { runs } from "./runs.ts";
import { server } from "./server.ts";
import { traces } from "./traces.ts";
import { userExamples } from "./users.ts";

/** At least one for each route that is served. */
export const examples: Example[] = [
  ...experiments,
  ...runs,
  ...loggedModels,
  ...registeredModels,
  ...traces,
  ...artifacts,
  ...server,
  ...userExamples,
  ...holes,
];
