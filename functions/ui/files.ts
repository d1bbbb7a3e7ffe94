import type { z } from "zod";
import * as page from "../../shared/page/page.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { StaticFile } from "./schemas.ts";

export const staticFile = ({ path }: z.output<typeof StaticFile>, { request }: Context) =>
  page.staticFile(path, request);
