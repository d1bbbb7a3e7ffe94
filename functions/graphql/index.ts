import { group, read } from "../../shared/http/route.ts";
import { query } from "./query.ts";
import { GraphqlRequest } from "./schemas.ts";

/** What the page asks in GraphQL. Its schema is in schema.ts. */
export default group(
  "graphql",
  [read("POST /graphql", GraphqlRequest, query), read("GET /graphql", GraphqlRequest, query)],
  { template: "graphql" },
);
