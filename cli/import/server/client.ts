/** Requests to another tracking server. */

import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { setTimeout as delay } from "node:timers/promises";
import { parseJson } from "../../../shared/platform/json.ts";
import { Refusal } from "../../../shared/tools/refusal.ts";
import { addressOf } from "../../../shared/tools/secrets.ts";

/** An answer's members, whose types the readers check by what they make of them. */
export type Json = Readonly<Record<string, unknown>>;

/** Milliseconds before another try. */
const pauses = [500, 2_000];
const timeLimit = 120_000;

export class Server {
  /** Without a login or a slash at its end. */
  readonly address: string;
  private readonly base: string;
  private readonly headers: Record<string, string>;

  /** @param env has MLFLOW_TRACKING_USERNAME, _PASSWORD and _TOKEN where the URL names nobody */
  constructor(url: string, env: NodeJS.ProcessEnv) {
    if (!URL.canParse(url)) throw new Refusal("The URL of the source can't be read.");
    const { protocol, host, pathname, username, password } = new URL(url);
    this.base = `${protocol}//${host}${pathname.replace(/\/+$/, "")}`;
    this.address = addressOf(this.base);
    const user = decodeURIComponent(username) || env.MLFLOW_TRACKING_USERNAME;
    const secret = username ? decodeURIComponent(password) : (env.MLFLOW_TRACKING_PASSWORD ?? "");
    const basic = user && `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;
    const bearer = env.MLFLOW_TRACKING_TOKEN && `Bearer ${env.MLFLOW_TRACKING_TOKEN}`;
    const authorization = basic || bearer;
    this.headers = authorization ? { authorization } : {};
  }

  get(path: string, query: Record<string, string> = {}): Promise<Json> {
    return this.json("GET", `${path}?${new URLSearchParams(query)}`);
  }

  post(path: string, body: unknown): Promise<Json> {
    return this.json("POST", path, JSON.stringify(body));
  }

  /** The same, undefined where the server has no such thing or no such route. */
  async ifThere(asked: Promise<Json>): Promise<Json | undefined> {
    return asked.catch((error: unknown) => {
      if (error instanceof Answered && [400, 404, 405, 501].includes(error.status)) return undefined;
      throw error;
    });
  }

  /** All pages of a search: `ask` is given a page token, and the answer has the items under `member`. */
  async *pages(member: string, ask: (page: Record<string, string>) => Promise<Json>): AsyncIterable<Json[]> {
    let token = "";
    do {
      const answer = await ask(token ? { page_token: token } : {});
      yield (answer[member] as Json[] | undefined) ?? [];
      const next = String(answer.next_page_token ?? "");
      if (next !== "" && next === token) throw new Refusal(`${this.address} answers the same page again and again.`);
      token = next;
    } while (token);
  }

  /** @throws Answered for a file that is not there */
  async content(path: string): Promise<Readable> {
    const { body } = await this.request("GET", path);
    return body ? Readable.fromWeb(body as ReadableStream) : Readable.from([]);
  }

  private async json(method: string, path: string, body?: string): Promise<Json> {
    const response = await this.request(method, path, body);
    try {
      const read = parseJson(await response.text());
      if (read !== null && typeof read === "object") return read as Json;
    } catch (error) {
      throw new Refusal(`${this.address}${short(path)} did not answer whole: ${(error as Error).message}.`);
    }
    throw new Refusal(`${this.address}${short(path)} answered something else than MLflow does.`);
  }

  /** Tried again where the server is away or busy. */
  private async request(method: string, path: string, body?: string): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      const failure = await this.once(method, path, body);
      if (failure instanceof Response) return failure;
      const pause = failure.mayPass ? pauses[attempt] : undefined;
      if (pause === undefined) throw failure;
      await delay(pause);
    }
  }

  private async once(method: string, path: string, body?: string): Promise<Response | Answered> {
    const where = `${this.address}${short(path)}`;
    try {
      const response = await fetch(`${this.base}${path}`, {
        method,
        headers: { ...this.headers, ...(body !== undefined && { "content-type": "application/json" }) },
        ...(body !== undefined && { body }),
        signal: AbortSignal.timeout(timeLimit),
      });
      if (response.ok) return response;
      const said = reasonIn(await response.text().catch(() => ""));
      return new Answered(response.status, `${where} answered ${response.status}${said}.`);
    } catch (error) {
      const { cause, message } = error as Error & { cause?: Error };
      return new Answered(0, `${where} can't be reached: ${cause?.message ?? message}.`);
    }
  }
}

/** The server refused a request, or did not answer. */
export class Answered extends Refusal {
  /** Of HTTP; 0 without an answer. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }

  get mayPass(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const short = (path: string) => path.replace(/\?.*$/s, "");

function reasonIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: string };
    return message ? `: ${message.slice(0, 300)}` : "";
  } catch {
    return "";
  }
}
