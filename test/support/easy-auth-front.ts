import { randomUUID } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { easyAuthPrincipal } from "./easy-auth.ts";

/** A stand-in for EasyAuth, that lets everyone through (`AllowAnonymous`) and says who has signed in. */
export interface EasyAuthFront {
  url: string;
  /** Every request that it handed on. */
  log: { method: string; path: string; account: string | undefined }[];
  close(): Promise<void>;
}

const sessionCookie = "AppServiceAuthSession";

/** Worse than the platform's: this one is sent along with what any page asks. */
const cookieOf = (value: string, seconds: number) =>
  `${sessionCookie}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; Secure; SameSite=None`;

/** @param accounts claims of those who can sign in, by the names under which they are offered */
export async function startEasyAuthFront(
  app: string,
  accounts: Record<string, Record<string, string | string[]>>,
): Promise<EasyAuthFront> {
  const sessions = new Map<string, string>();
  const log: EasyAuthFront["log"] = [];
  const sessionOf = ({ cookie = "" }: IncomingHttpHeaders) =>
    new RegExp(`${sessionCookie}=([\\w-]+)`).exec(cookie)?.[1] ?? "";

  const signIn = (account: string, to: string, response: ServerResponse) => {
    const session = randomUUID();
    sessions.set(session, account);
    redirect(response, to, cookieOf(session, 3600));
  };

  const own = (url: URL, sent: IncomingMessage, response: ServerResponse) => {
    const to = url.searchParams.get("post_login_redirect_uri") ?? "/";
    const account = url.searchParams.get("account");
    if (url.pathname === "/.auth/logout") {
      sessions.delete(sessionOf(sent.headers));
      return redirect(response, url.searchParams.get("post_logout_redirect_uri") ?? "/", cookieOf("", 0));
    }
    if (url.pathname !== "/.auth/login/aad") return response.writeHead(404).end();
    if (account !== null) return signIn(account, to, response);
    const links = Object.keys(accounts).map(
      (name) => `<a href="?${new URLSearchParams({ account: name, post_login_redirect_uri: to })}">${name}</a>`,
    );
    return response.writeHead(200, { "content-type": "text/html" }).end(`<h1>Pick an account</h1>${links.join(" ")}`);
  };

  const server = createServer((sent, response) => {
    const url = new URL(sent.url!, "http://front");
    if (url.pathname.startsWith("/.auth/")) return own(url, sent, response);
    const account = sessions.get(sessionOf(sent.headers));
    log.push({ method: sent.method!, path: url.pathname, account });
    handOn(app, sent, response, account === undefined ? {} : principalHeaders(accounts[account]!));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

const redirect = (response: ServerResponse, location: string, cookie: string) =>
  response.writeHead(302, { location, "set-cookie": cookie }).end();

const principalHeaders = (claims: Record<string, string | string[]>) => ({
  "x-ms-client-principal": easyAuthPrincipal(claims),
  "x-ms-client-principal-idp": "aad",
});

/** What a client says of itself under the platform's names is left out. */
function handOn(app: string, sent: IncomingMessage, response: ServerResponse, principal: Record<string, string>): void {
  const theirs = Object.entries(sent.headers).filter(([name]) => !name.startsWith("x-ms-client-principal"));
  const headers = { ...Object.fromEntries(theirs), ...principal };
  const asked = request(app + sent.url, { method: sent.method, headers }, (answer) => {
    response.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(response);
  });
  asked.on("error", () => response.destroy());
  sent.pipe(asked);
}
