/** A deployed app as clients see it. */
import { isLoopback } from "../../shared/platform/http/hosts.ts";
import { Misuse } from "../../shared/tools/refusal.ts";

/** Milliseconds that an answer may take: a cold app needs some seconds. */
const answerLimit = 30_000;

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The members of a JSON object; none where it is no such. */
  json: Record<string, unknown>;
  /** Milliseconds. */
  took: number;
}

/** A request that nothing answered. */
export class NoAnswer extends Error {
  constructor(
    /** The system's name of the failure; empty where it has none. */
    readonly code: string,
    text: string,
  ) {
    super(text);
  }
}

export interface Site {
  /** The address without a slash at its end; with the static prefix. */
  url: string;
  host: string;
  origin: string;
  isLocal: boolean;
}

/** @throws Misuse for what is no address of a site */
export function siteOf(text: string): Site {
  if (!URL.canParse(text) || !/^https?:/i.test(text))
    throw new Misuse("--url takes the address of a site, as https://my-app.azurewebsites.net.");
  const { origin, host, hostname, pathname } = new URL(text);
  return { url: origin + pathname.replace(/\/+$/, ""), host, origin, isLocal: isLoopback(hostname) };
}

/**
 * Asks an address, and follows no redirect. The address may hold a SAS, so no error repeats it.
 * @throws NoAnswer
 */
export async function askUrl(url: string, init: RequestInit = {}): Promise<Answer> {
  const before = performance.now();
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(answerLimit), ...init });
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, text, json: membersOf(text), took: performance.now() - before };
  } catch (error) {
    const { cause, name } = error as Error;
    const { code = "", message = name } = (cause ?? {}) as { code?: string; message?: string };
    throw new NoAnswer(code, name === "TimeoutError" ? "timeout" : message);
  }
}

export const ask = ({ url }: Site, path: string, init?: RequestInit): Promise<Answer> => askUrl(url + path, init);

function membersOf(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed !== null && typeof parsed === "object" ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** What MLflow's error JSON says; the status where the answer is none. */
export const saidBy = ({ json, status }: Answer): string =>
  typeof json.message === "string" ? json.message : `it answers ${status}`;
