/** A request as the pipeline knows it, and what its handler is given of it. */
import type { InvocationContext } from "@azure/functions";
import type { AppContext } from "../context.ts";
import type { Db } from "../db/database.ts";
import { workspace } from "../db/scope.ts";
import type { ErrorCode } from "../errors.ts";
import { Access } from "../identity/access.ts";
import { type Caller, nobody, type User } from "../identity/caller.ts";
import type { Timings } from "../telemetry/timings.ts";
import { auditSignIn } from "./audited.ts";
import type { SharedByGroups } from "./group.ts";
import type { Sent } from "./invocation.ts";
import type { Request } from "./request.ts";
import type { Context, Route, SignIn } from "./route.ts";

/** A request, with what is found out of it on the way. */
export interface Asked {
  request: Request;
  invocation: InvocationContext;
  hostParams: Sent["params"];
  timings: Timings;
  shared: SharedByGroups;
  app?: AppContext;
  route?: Route;
  input?: unknown;
  user?: User;
  errorCode?: ErrorCode;
}

const refuse = () => {
  throw new Error("This route was declared without a database");
};
const noDatabase: Db = { query: refuse, text: refuse, scope: { workspace, access: Access.nothing } };

/** What a handler is given: what few need is made when it is asked for. */
export class Given implements Context {
  db = noDatabase;
  readonly request: Request;
  caller: Caller;
  readonly timings: Timings;
  private readonly asked: Asked;
  private readonly app: AppContext;

  constructor(asked: Asked, caller: Caller, app: AppContext) {
    this.request = asked.request;
    this.caller = caller;
    this.timings = asked.timings;
    this.asked = asked;
    this.app = app;
  }

  get signIn(): SignIn {
    const { app, asked } = this;
    const { shared, request, route, user = nobody } = asked;
    return {
      user: async () => (route?.may.open ? identified(app, asked) : user),
      isAdminByToken: async () => shared.isAdminByToken(request, app),
      tokens: () => shared.tokens(app),
    };
  }

  get config(): Context["config"] {
    return this.app.config;
  }

  get facts(): Context["facts"] {
    return this.app.facts;
  }

  get hashing(): Context["hashing"] {
    return this.app.hashing;
  }

  get blobs(): Context["blobs"] {
    return this.app.blobs.timedBy(this.timings);
  }

  get tables(): Context["tables"] {
    return this.app.tables.timedBy(this.timings);
  }
}

/** Who makes the request. @throws MlflowError UNAUTHENTICATED where nobody has signed in */
export function identified(app: AppContext, asked: Asked): User | Promise<User> {
  const { shared, request, timings } = asked;
  const user = shared.identify(request, app);
  if (!(user instanceof Promise)) return seen(user, app, asked);
  return timings.during("sign-in", "sign-in", async () => seen(await user, app, asked));
}

function seen(user: User, app: AppContext, asked: Asked): User {
  if (user.owner && !app.audit.knows(user.name)) auditSignIn(asked, user);
  return user;
}
