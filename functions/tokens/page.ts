/** The page on which people make and revoke their API tokens. */
import type { z } from "zod";
import { staticPrefix } from "../../shared/platform/config.ts";
import { MlflowError } from "../../shared/platform/errors.ts";
import { refuseCrossSite } from "../../shared/platform/http/cross-site.ts";
import { type Html, html, page, tokensPage } from "../../shared/platform/http/html.ts";
import { Reply } from "../../shared/platform/http/reply.ts";
import type { Request } from "../../shared/platform/http/request.ts";
import type { Answer, Audited, Context } from "../../shared/platform/http/route.ts";
import type { ListedToken } from "../../shared/platform/identity/token-keeper.ts";
import { longestName } from "../../shared/tokens/rules.ts";
import { CreateForm, type Nothing, RevokeForm } from "./schemas.ts";
import { auditOf, tokenRevoked } from "./tokens.ts";

type Input = z.output<typeof Nothing>;

export const showTokens = (_: Input, context: Context): Promise<Reply> => tokens(context, 200);

/** The new token is in this answer, and nowhere after it. */
export async function createByForm(_: Input, context: Context): Promise<Reply> {
  const { signIn, caller } = context;
  return orSaying(context, async () => {
    const { name, role, read_only: readOnly, days } = await formOf(context, CreateForm);
    const { text, token } = await (await signIn.tokens()).create(caller.user, { name, role, readOnly, days });
    return new Done(await tokens(context, 200, madeText(token, text)), auditOf(token));
  });
}

export async function revokeByForm(_: Input, context: Context): Promise<Reply> {
  const { signIn, caller } = context;
  return orSaying(context, async () => {
    const { id } = await formOf(context, RevokeForm);
    await (await signIn.tokens()).revoke(caller.user, id);
    return new Done(new Reply(303, { location: `${staticPrefix()}${tokensPage}` }), tokenRevoked({ id }));
  });
}

/** The answer to a form that changed something. */
export class Done extends Reply {
  readonly audited: Audited;

  constructor({ status, headers, body }: Reply, audited: Audited) {
    super(status, headers, body);
    this.audited = audited;
  }
}

/** A form is read by its handler, so what it did is known from the answer. */
export const formAudited = (_: Input, answer: Answer): Audited | undefined =>
  answer instanceof Done ? answer.audited : undefined;

/** The page with the reason, where what was asked for is refused. */
async function orSaying(context: Context, work: () => Promise<Reply>): Promise<Reply> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MlflowError) || error.status >= 500) throw error;
    return tokens(context, error.status, html`<p role="alert"><strong>${error.message}</strong></p>`);
  }
}

const longestForm = 4096;

/**
 * A form that this site's own page has sent.
 * @throws MlflowError PERMISSION_DENIED for that of another site, INVALID_PARAMETER_VALUE for what is no form of ours
 */
async function formOf<Schema extends z.ZodType>(
  { request, config }: Context,
  schema: Schema,
): Promise<z.output<Schema>> {
  refuseCrossSite(request, config);
  const bytes = await request.bytes();
  const parsed = isForm(request) && bytes.byteLength <= longestForm ? schema.safeParse(fieldsOf(bytes)) : undefined;
  if (!parsed?.success) throw new MlflowError("INVALID_PARAMETER_VALUE", "This is no form of the page for API tokens.");
  return parsed.data;
}

const isForm = ({ header }: Request) =>
  /^application\/x-www-form-urlencoded\s*(;|$)/i.test(header("content-type") ?? "");

const fieldsOf = (bytes: Uint8Array) => Object.fromEntries(new URLSearchParams(Buffer.from(bytes).toString()));

async function tokens({ signIn, caller, config }: Context, status: number, said = html``): Promise<Reply> {
  const listed = await (await signIn.tokens()).list(caller.user);
  const { MLFLOW_FUNCTIONS_TOKEN_DEFAULT_DAYS: usual, MLFLOW_FUNCTIONS_TOKEN_MAX_DAYS: most } = config;
  const body = html`${said}
<p>You are signed in as <strong>${caller.user.name}</strong>. A token is for clients that can't sign in as you do, such as jobs. Whoever has it may do what you
may, until it ends or you revoke it: keep it as you keep a password.</p>
${listed.length > 0 ? table(listed) : html`<p>You have no API tokens.</p>`}
<h2>A new token</h2>
<form method="post" action="${staticPrefix()}${tokensPage}">
<p><label>Name<br><input name="name" required maxlength="${longestName}" autocomplete="off"></label></p>
<p><label>Days that it lasts<br><input name="days" type="number" min="1" max="${most}" value="${Math.min(usual, most)}"></label></p>
<p><label>Only what this role of mine grants (optional)<br><input name="role" autocomplete="off"></label></p>
<p><label><input name="read_only" type="checkbox"> Only to read</label></p>
<p><button>Make</button></p>
</form>
<p><a href="${staticPrefix()}/">MLflow</a></p>`;
  return page(status, "API tokens", body);
}

const madeText = (
  { name }: ListedToken,
  text: string,
): Html => html`<p role="status">This is the token <strong>${name}</strong>. Copy it now: it is not
shown again.</p>
<pre style="overflow: auto; background: #eee; padding: 1em"><code>export MLFLOW_TRACKING_TOKEN=${text}</code></pre>`;

const table = (
  listed: readonly ListedToken[],
): Html => html`<table style="border-spacing: 1em 0.2em; margin-left: -1em; text-align: left">
<tr><th>Name<th>May<th>Made<th>Ends<th>Last used<th>
${listed.map(row)}
</table>`;

const row = ({ id, name, role, read_only, creation_time, expiration_time, last_used_time }: ListedToken): Html =>
  html`<tr><td>${name}<td>${role ?? "all that you may"}${read_only ? ", only to read" : ""}<td>${day(creation_time)}<td>${day(expiration_time)}<td>${last_used_time === null ? "never" : day(last_used_time)}
<td><form method="post" action="${staticPrefix()}${tokensPage}/revoke"><input type="hidden" name="id" value="${id}"><button>Revoke</button></form>
`;

const day = (time: number) => new Date(time).toISOString().slice(0, 10);
