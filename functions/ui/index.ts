import { group, plain } from "../../shared/http/route.ts";
import { staticFile } from "./files.ts";
import { StaticFile } from "./schemas.ts";

export default group("ui", [plain("GET /static-files/**:path", StaticFile, staticFile)], {
  template: "static-files/{*rest}",
});
