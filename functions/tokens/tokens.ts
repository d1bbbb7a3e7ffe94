import type { z } from "zod";
import type { Answer, Audited, Context } from "../../shared/platform/http/route.ts";
import type { ListedToken } from "../../shared/platform/identity/token-keeper.ts";
import type { CreateToken, ListTokens, TokenById } from "./schemas.ts";

interface Created {
  token: ListedToken;
  token_value: string;
}

/** The token's text is in this answer, and nowhere after it. */
export async function createToken(input: z.output<typeof CreateToken>, { signIn, caller }: Context): Promise<Created> {
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

/** What the audit log keeps of a new token. */
export const auditOf = ({ id, name, role, read_only, expiration_time }: ListedToken): Audited => ({
  what: "token.created",
  of: String(id),
  detail: { name, ...(role !== null && { role }), read_only, expires: new Date(expiration_time).toISOString() },
});

export const tokenCreated = (_: unknown, answer: Answer): Audited => auditOf((answer as Created).token);

export const tokenRevoked = ({ id }: { id: number }): Audited => ({ what: "token.revoked", of: String(id) });
