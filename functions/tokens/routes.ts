import { routes } from "../../shared/platform/http/route.ts";
import { anyone } from "../../shared/users/may.ts";
import { CreateToken, ListTokens, TokenById } from "./schemas.ts";
import { createToken, listTokens, revokeToken } from "./tokens.ts";

const at = "/api/functions/tokens";

export default routes([
  { at: `POST ${at}/create`, input: CreateToken, may: anyone, run: createToken },
  { at: `GET ${at}/list`, input: ListTokens, may: anyone, run: listTokens },
  { at: `DELETE ${at}/revoke`, input: TokenById, may: anyone, run: revokeToken },
]);
