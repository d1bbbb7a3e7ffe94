import type { z } from "zod";
import { pageReachesBlobs } from "../../shared/artifacts/cors.ts";
import { entryPage } from "../../shared/page/files.ts";
import { staticPrefix } from "../../shared/platform/config.ts";
import { Reply } from "../../shared/platform/http/reply.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { Nothing } from "./schemas.ts";

/** The page asks for server-info next. Its CORS check is started now, so that the answer is ready by then. */
export function entry(_: z.output<typeof Nothing>, context: Context) {
  pageReachesBlobs(context).catch(() => {});
  return entryPage(context.request);
}

/** The page uses relative addresses, so the prefix needs a slash at its end. */
export const toEntry = () => new Reply(308, { location: `${staticPrefix()}/` });
