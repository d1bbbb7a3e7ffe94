import type { z } from "zod";
import type { Context } from "../../shared/http/route.ts";
import * as page from "../../shared/ui/page.ts";
import type { StaticFile } from "./schemas.ts";

export const staticFile = ({ path }: z.output<typeof StaticFile>, { request }: Context) =>
  page.staticFile(path, request);
