import type { Scenario } from "../scenario.ts";
import { freezePostgres } from "./freeze-postgres.ts";
import { killApp } from "./kill-app.ts";
import { killPostgres } from "./kill-postgres.ts";
import { manyInstances, storm } from "./storm.ts";

/** In the order in which they are played. */
export const scenarios: Scenario[] = [killApp, killPostgres, freezePostgres, storm, manyInstances];
