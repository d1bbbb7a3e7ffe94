import { app } from "@azure/functions";

/** Four times a day, so that an unused app rarely has to start. */
app.timer("clean-up", {
  schedule: "0 40 */6 * * *",
  handler: async (_, context) => {
    const { cleanUp } = await import("./clean-up.ts");
    await cleanUp(context);
  },
});
