import { routes } from "../../shared/platform/http/route.ts";
import { exportsTraces } from "../../shared/traces/otlp/may.ts";
import { exportTraces } from "./export.ts";
import { ExportTraces } from "./schemas.ts";

export default routes([
  { at: "POST /v1/traces", input: ExportTraces, may: exportsTraces, db: "statement", run: exportTraces, binary: true },
]);
