import type { z } from "zod";
import * as files from "../../shared/page/files.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { StaticFile } from "./schemas.ts";

export const staticFile = ({ path }: z.output<typeof StaticFile>, { request }: Context) =>
  files.staticFile(path, request);
