/** JSON requests to Microsoft Graph, Azure Resource Manager and the app, each bounded. */
import { setTimeout as sleep } from "node:timers/promises";
import { tokenFor } from "./azd.mjs";
import { pauseMs, Stop } from "./hook.mjs";

const attempts = 4;
const secondsEach = 30;

/** An answer that is no success. */
export class Refused extends Error {
  constructor(method, url, status, body) {
    const { code = body?.error_code ?? "", message = body?.message ?? "" } = body?.error ?? {};
    super(`${method} ${new URL(url).pathname} was answered ${status} ${code}: ${message}`);
    Object.assign(this, { status, code, said: message });
  }
}

/**
 * The parsed answer. What is busy, or can't be reached, is asked again some times; a POST only where nothing was done.
 * @throws Refused for an answer of 400 and above; Error where nobody answers
 */
export async function request(method, url, { token, body } = {}) {
  for (let attempt = 1; ; attempt++) {
    const last = attempt === attempts;
    try {
      const response = await fetch(url, {
        method,
        headers: {
          ...(token && { authorization: `Bearer ${token}` }),
          ...(body && { "content-type": "application/json" }),
        },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(secondsEach * 1000),
      });
      const answer = parsed(await response.text());
      if (response.ok) return answer;
      const isPassing = response.status === 429 || (response.status >= 500 && method !== "POST");
      if (last || !isPassing) throw new Refused(method, url, response.status, answer);
    } catch (error) {
      if (error instanceof Refused || error instanceof Stop) throw error;
      const why = error.cause?.code ?? error.name;
      if (last || method === "POST") throw new Error(`${new URL(url).origin} can't be reached (${why}).`);
    }
    await sleep(pauseMs * attempt);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Only the tests set these, to a server of their own: a token goes nowhere else. */
function address(variable, real) {
  const own = process.env[variable];
  if (own && new URL(own).hostname !== "127.0.0.1") throw new Stop(`${variable} is for tests on 127.0.0.1 alone.`);
  return own ?? real;
}

const graphAddress = address("MLFLOW_TEST_GRAPH_URL", "https://graph.microsoft.com/v1.0");
const armAddress = address("MLFLOW_TEST_ARM_URL", "https://management.azure.com");

/** Microsoft Graph v1.0 in a tenant, as whoever is signed in. */
export const graphOf = (tenant) => async (method, path, body) =>
  request(method, path.startsWith("http") ? path : graphAddress + path, {
    token: await tokenFor("https://graph.microsoft.com", tenant),
    body,
  });

/** Azure Resource Manager, as whoever is signed in. */
export const arm = async (method, path, version, body) =>
  request(method, `${armAddress}${path}${path.includes("?") ? "&" : "?"}api-version=${version}`, {
    token: await tokenFor("https://management.azure.com"),
    body,
  });

/** The answer, or undefined where there is no such thing. */
export async function orNothing(answer) {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return undefined;
    throw error;
  }
}

export const isForbidden = (error) => error instanceof Refused && (error.status === 401 || error.status === 403);
