import { open } from "../../shared/access/rules.ts";
import { routes } from "../../shared/platform/http/route.ts";
import { staticFile } from "./files.ts";
import { StaticFile } from "./schemas.ts";

export default routes([{ at: "GET /static-files/**:path", input: StaticFile, may: open, run: staticFile }]);
