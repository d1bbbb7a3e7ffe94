import { staticPrefix } from "../../shared/platform/config.ts";
import { routes } from "../../shared/platform/http/route.ts";
import { entry, toEntry } from "./entry.ts";
import { health, serverInfo, version } from "./info.ts";
import { notServed } from "./not-served.ts";
import { Nothing } from "./schemas.ts";
import { unusedServices } from "./unused-services.ts";

const own = routes([
  { at: "GET /", input: Nothing, run: entry },
  ...(staticPrefix() ? [{ at: `GET ${staticPrefix()}` as const, input: Nothing, run: toEntry }] : []),
  { at: "GET /health", input: Nothing, run: health },
  { at: "GET /version", input: Nothing, run: version },
  { at: "GET 3.0/mlflow/server-info", input: Nothing, run: serverInfo },
]);

export default [...own, ...unusedServices, ...notServed];
