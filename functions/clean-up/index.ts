import { app } from "@azure/functions";
import type { AppContext } from "../../shared/platform/context.ts";

/** Four times a day, so that an unused app rarely has to start. */
export const scheduleCleanUp = (appContext: () => Promise<AppContext>): void =>
  app.timer("clean-up", {
    schedule: "0 40 */6 * * *",
    handler: async (_, invocation) => {
      const [{ cleanUp }, context] = await Promise.all([import("./clean-up.ts"), appContext()]);
      await cleanUp(context, invocation);
    },
  });
