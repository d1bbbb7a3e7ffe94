/** The app's own pages: plain HTML, without scripts. */
import { staticPrefix } from "../config.ts";
import { Reply } from "./reply.ts";
import type { Request } from "./request.ts";

/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | Html | readonly Html[];

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(value: Value): string {
  if (value instanceof Html) return value.text;
  if (typeof value === "object") return value.map(({ text }) => text).join("");
  return String(value).replace(/[&<>"']/g, (character) => entities[character]!);
}

/** HTML in which all values are text, but for those that are HTML themselves. */
export const html = (parts: TemplateStringsArray, ...values: Value[]): Html =>
  new Html(String.raw({ raw: parts }, ...values.map(escaped)));

const headers = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  "referrer-policy": "same-origin",
};

/** A page of the app's own. It may not be framed, and loads nothing. */
export const page = (status: number, title: string, body: Html): Reply =>
  new Reply(
    status,
    headers,
    html`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<body style="font: 16px/1.5 system-ui; max-width: 60em; margin: 4em auto; padding: 0 1em">
<h1>${title}</h1>
${body}
</body></html>
`.text,
  );

/** Where people make API tokens. */
export const tokensPage = "/account/tokens";

/** Whether a browser asks for a page, rather than a client or a script for data. */
const asksForPage = ({ method, url, header }: Request) =>
  (method === "GET" || method === "HEAD") &&
  !/^\/(api|ajax-api|v1|graphql)(\/|$)/.test(url.pathname) &&
  /\btext\/html\b/.test(header("accept") ?? "");

/** The refusal of who has not signed in, as a page for browsers; undefined for others. */
export function unauthenticatedPage(request: Request, message: string): Reply | undefined {
  if (!asksForPage(request)) return undefined;
  const tokens = `${staticPrefix()}${tokensPage}`;
  return page(
    401,
    "You are not signed in",
    html`<p>${message}</p>
<p>For clients that can't sign in as you do there are API tokens: <a href="${tokens}">make one</a>, as soon as you have signed in here.</p>`,
  );
}
