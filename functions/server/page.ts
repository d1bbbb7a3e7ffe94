import type { z } from "zod";
import type { Context } from "../../shared/http/route.ts";
import { entryPage } from "../../shared/ui/page.ts";
import type { Nothing } from "./schemas.ts";

export const page = (_: z.output<typeof Nothing>, { request }: Context) => entryPage(request);
