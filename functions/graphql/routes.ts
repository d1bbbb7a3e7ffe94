import { filtered } from "../../shared/access/rules.ts";
import { routes } from "../../shared/platform/http/route.ts";
import { query } from "./query.ts";
import { GraphqlRequest } from "./schemas.ts";

/** What the page asks in GraphQL. Its schema is in schema.ts. */
export default routes([
  { at: "POST /graphql", input: GraphqlRequest, may: filtered, db: "read", run: query },
  { at: "GET /graphql", input: GraphqlRequest, may: filtered, db: "read", run: query },
]);
