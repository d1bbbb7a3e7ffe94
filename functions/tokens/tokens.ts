import type { z } from "zod";
import type { Context } from "../../shared/platform/http/route.ts";
import type { CreateToken, ListTokens, TokenById } from "./schemas.ts";

/** The token's text is in this answer, and nowhere after it. */
export async function createToken(input: z.output<typeof CreateToken>, { signIn, caller }: Context) {
  const { name, role, read_only: readOnly, expires_in_days: days } = input;
  const { text, token } = await (await signIn.tokens()).create(caller.user, { name, role, readOnly, days });
  return { token, token_value: text };
}

export async function listTokens({ all }: z.output<typeof ListTokens>, { signIn, caller }: Context) {
  return { tokens: await (await signIn.tokens()).list(caller.user, all) };
}

export async function revokeToken({ id }: z.output<typeof TokenById>, { signIn, caller }: Context) {
  await (await signIn.tokens()).revoke(caller.user, id);
  return {};
}
