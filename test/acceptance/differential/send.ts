import { request as open } from "node:http";
import { type Query, Raw, type Recorded, type Saved } from "./request.ts";

export interface Answer {
  status: number;
  contentType: string;
  text: string;
}

/**
 * Sends one recorded request and follows redirects, as the clients do. node:http rather than fetch, which would
 * rewrite odd paths and add headers of its own.
 */
export async function send(origin: string, recorded: Recorded, saved: Saved): Promise<Answer> {
  const path = fill(recorded.path, saved) + queryString(recorded.query, saved);
  const body = bodyOf(recorded.body, saved);
  const headers: Record<string, string> = {};
  if (body) headers["content-length"] = String(body.length);
  if (body && !(recorded.body instanceof Raw && recorded.method === "PUT"))
    headers["content-type"] = "application/json";
  for (const [name, value] of Object.entries(recorded.headers ?? {})) {
    if (value === null) delete headers[name];
    else headers[name] = fill(value, saved);
  }
  const answer = await exchange(new URL(origin), { method: recorded.method, path, headers }, body);
  if (!answer.location) return answer;
  const target = new URL(answer.location, origin);
  return exchange(target, { method: recorded.method, path: target.pathname + target.search, headers: {} }, undefined);
}

interface Wire {
  method: string;
  path: string;
  headers: Record<string, string>;
}

function exchange(
  origin: URL,
  wire: Wire,
  body: Buffer | undefined,
): Promise<Answer & { location: string | undefined }> {
  return new Promise((resolve, reject) => {
    const outgoing = open({ host: origin.hostname, port: origin.port, agent: false, timeout: 60_000, ...wire });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`No answer to ${wire.method} ${wire.path} in 60 s`)));
    outgoing.on("error", reject);
    outgoing.on("response", async (incoming) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      resolve({
        status: incoming.statusCode ?? 0,
        contentType: incoming.headers["content-type"] ?? "",
        text: Buffer.concat(chunks).toString(),
        location: incoming.headers.location,
      });
    });
    outgoing.end(body);
  });
}

function bodyOf(body: unknown, saved: Saved): Buffer | undefined {
  if (body === undefined) return undefined;
  if (!(body instanceof Raw)) return Buffer.from(fill(JSON.stringify(body), saved));
  return typeof body.content === "string" ? Buffer.from(fill(body.content, saved)) : body.content;
}

function queryString(query: Query | undefined, saved: Saved): string {
  if (query === undefined) return "";
  if (typeof query === "string") return `?${fill(query, saved)}`;
  const parameters = new URLSearchParams();
  for (const [name, given] of Object.entries(query))
    for (const value of Array.isArray(given) ? given : [given]) parameters.append(name, fill(String(value), saved));
  return `?${parameters}`;
}

const placeholder = /\$([a-z]\w*)/gi;

/** Puts saved values in place of `$name`; a name that was never saved stays as it is. */
const fill = (text: string, saved: Saved) =>
  text.replace(placeholder, (whole, name: string) => saved.get(name) ?? whole);

const namesIn = (recorded: Recorded) => [...JSON.stringify(recorded).matchAll(placeholder)].map(([, name]) => name!);

/** The saved values that a request names. */
export const usedBy = (recorded: Recorded, saved: Saved): Saved =>
  new Map(namesIn(recorded).flatMap((name) => (saved.has(name) ? [[name, saved.get(name)!]] : [])));

/** The names that a group's requests use and no earlier one of them saves. */
export function unsaved(requests: readonly Recorded[]): string[] {
  const known = new Set<string>();
  return requests.flatMap((recorded) => {
    const missing = namesIn(recorded).filter((name) => !known.has(name));
    for (const name of Object.keys(recorded.save ?? {})) known.add(name);
    return missing.map((name) => `$${name} in "${recorded.name}"`);
  });
}
