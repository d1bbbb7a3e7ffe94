/** Requests to a server under someone's name. */

export interface Sent {
  /** What stands for `:name` and `**:name` in the route's path. */
  path?: Record<string, string>;
  query?: Record<string, string | string[]>;
  body?: unknown;
  /** Text instead of JSON. */
  raw?: string;
  /** Its content type; MLflow's clients guess it of the file's name. */
  type?: string;
  headers?: Record<string, string>;
  /** Instead of what the caller signs in with. */
  authorization?: string;
}

export interface Answered {
  status: number;
  code?: string;
  text: string;
}

export type Headers = Record<string, string>;

const queryOf = (query: NonNullable<Sent["query"]>) =>
  new URLSearchParams(
    Object.entries(query).flatMap(([name, values]) => [values].flat().map((value): [string, string] => [name, value])),
  );

/** The path of a route with its parameters filled in. */
function pathOf(at: string, parameters: NonNullable<Sent["path"]> = {}): string {
  return at.replace(/(?:\*\*)?:(\w+)/g, (parameter, name: string) => {
    const value = parameters[name];
    if (value === undefined) throw new Error(`The example of ${at} lacks ${name}`);
    return parameter.startsWith("*") ? value : encodeURIComponent(value);
  });
}

/** Sends a request to a route: `POST /api/2.0/mlflow/runs/create`. */
export async function send(url: string, at: string, sent: Sent, headers: Headers = {}): Promise<Answered> {
  const [method, path] = at.split(" ") as [string, string];
  const query = sent.query ? `?${queryOf(sent.query)}` : "";
  const body = sent.raw ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body));
  const type: Headers =
    body === undefined ? {} : { "content-type": sent.type ?? (sent.raw ? "text/plain" : "application/json") };
  const response = await fetch(`${url}${pathOf(path, sent.path)}${query}`, {
    method,
    redirect: "manual",
    headers: { ...type, ...sent.headers, ...headers, ...(sent.authorization && { authorization: sent.authorization }) },
    body,
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  return { status: response.status, code: codeOf(text), text };
}

function codeOf(text: string): string | undefined {
  const [, code] = /"error_code":\s*"(\w+)"/.exec(text) ?? [];
  return code;
}
