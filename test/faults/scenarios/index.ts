import type { Scenario } from "../scenario.ts";
import { connections } from "./connections.ts";
import { diskFull } from "./disk-full.ts";
import { freezeAzurite } from "./freeze-azurite.ts";
import { freezePostgres } from "./freeze-postgres.ts";
import { killApp } from "./kill-app.ts";
import { killPostgres } from "./kill-postgres.ts";
import { pgbouncer } from "./pgbouncer.ts";
import { silence } from "./silence.ts";
import { manyInstances, storm } from "./storm.ts";
import { traces } from "./traces.ts";

/** In the order in which they are played. */
export const scenarios: Scenario[] = [
  killApp,
  killPostgres,
  traces,
  freezePostgres,
  silence,
  freezeAzurite,
  connections,
  pgbouncer,
  diskFull,
  storm,
  manyInstances,
];
