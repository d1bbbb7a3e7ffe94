import { tokensPage } from "../../shared/platform/http/html.ts";
import { routes } from "../../shared/platform/http/route.ts";
import { anyone } from "../../shared/users/may.ts";
import { createByForm, formAudited, revokeByForm, showTokens } from "./page.ts";
import { CreateToken, ListTokens, Nothing, TokenById } from "./schemas.ts";
import { createToken, listTokens, revokeToken, tokenCreated, tokenRevoked } from "./tokens.ts";

const at = "/api/functions/tokens";

export default routes([
  { at: `POST ${at}/create`, input: CreateToken, may: anyone, run: createToken, audit: tokenCreated },
  { at: `GET ${at}/list`, input: ListTokens, may: anyone, run: listTokens },
  { at: `DELETE ${at}/revoke`, input: TokenById, may: anyone, run: revokeToken, audit: tokenRevoked },
  { at: `GET ${tokensPage}`, input: Nothing, may: anyone, run: showTokens },
  { at: `POST ${tokensPage}`, input: Nothing, may: anyone, run: createByForm, audit: formAudited, binary: true },
  { at: `POST ${tokensPage}/revoke`, input: Nothing, may: anyone, run: revokeByForm, audit: formAudited, binary: true },
]);
