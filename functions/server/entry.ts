import type { z } from "zod";
import { pageReachesBlobs } from "../../shared/artifacts/cors.ts";
import { entryPage } from "../../shared/page/page.ts";
import { staticPrefix } from "../../shared/platform/config.ts";
import { Reply } from "../../shared/platform/http/reply.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { Nothing } from "./schemas.ts";

/** The page will ask for server-info next: storage is asked for its part of it meanwhile. */
export function entry(_: z.output<typeof Nothing>, { request }: Context) {
  pageReachesBlobs(request).catch(() => {});
  return entryPage(request);
}

/** The page's addresses are relative, so that it needs the slash at the end of a prefix. */
export const toEntry = () => new Reply(308, { location: `${staticPrefix()}/` });
