import { parseConfig } from "../../shared/platform/config.ts";
import { Connections } from "../../shared/platform/db/connections.ts";
import { poolOptions } from "../../shared/platform/db/uri.ts";

/** An instance's connections to a database, of which there is one. */
export const oneConnection = (uri: string): Connections =>
  new Connections({
    ...poolOptions(uri, parseConfig({})),
    limits: { connect: 10_000, statement: 10_000, lock: 10_000, silence: 15_000 },
    poolSize: 1,
    mostWaiting: 1,
  });
