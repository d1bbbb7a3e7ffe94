/** A Functions app of one function that does nothing: what any answer under a host costs. */
import { app } from "@azure/functions";
import { takeInvocations } from "../shared/platform/http/invocation.ts";
import { Reply } from "../shared/platform/http/reply.ts";

app.http("empty", {
  methods: ["GET", "POST"],
  authLevel: "anonymous",
  route: "{*path}",
  // The library's types know its own answers only.
  handler: async () => new Reply(200, { "content-type": "application/json" }, "{}") as object,
});

// As this app does, and not by the library's Request and Response.
takeInvocations();
