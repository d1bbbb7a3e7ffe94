import { staticPrefix } from "../../shared/platform/config.ts";
import { routes } from "../../shared/platform/http/route.ts";
import { health, serverInfo, version } from "./info.ts";
import { notServed } from "./not-served.ts";
import { page, toPage } from "./page.ts";
import { pages } from "./pages.ts";
import { Nothing } from "./schemas.ts";

const own = routes([
  { at: "GET /", input: Nothing, run: page },
  ...(staticPrefix() ? [{ at: `GET ${staticPrefix()}` as const, input: Nothing, run: toPage }] : []),
  { at: "GET /health", input: Nothing, run: health },
  { at: "GET /version", input: Nothing, run: version },
  { at: "GET 3.0/mlflow/server-info", input: Nothing, run: serverInfo },
]);

export default [...own, ...pages, ...notServed];
