import { staticPrefix } from "../../shared/config.ts";
import { group, plain } from "../../shared/http/route.ts";
import { health, serverInfo, version } from "./info.ts";
import { notServed } from "./not-served.ts";
import { page, toPage } from "./page.ts";
import { pages } from "./pages.ts";
import { Nothing } from "./schemas.ts";

// The host takes the first function by name whose route matches, so the catch-all must sort last.
export default group(
  "server",
  [
    plain("GET /", Nothing, page),
    ...(staticPrefix() ? [plain(`GET ${staticPrefix()}`, Nothing, toPage)] : []),
    plain("GET /health", Nothing, health),
    plain("GET /version", Nothing, version),
    plain("GET 3.0/mlflow/server-info", Nothing, serverInfo),
    ...pages,
    ...notServed,
  ],
  { functionName: "z-server", template: "{*path}" },
);
