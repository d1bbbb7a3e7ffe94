import http from "node:http";

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

/** Who asks whom. */
export interface Target {
  url: string;
  /** How requests sign in; left out where nobody does. */
  headers?: Record<string, string>;
}

/** One JSON request. @throws Error with the answer of a refusal */
export function call(target: Target, method: string, path: string, body?: unknown): Promise<Record<string, never>> {
  return new Promise((resolve, reject) => {
    const data = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const ofBody = data && { "content-type": "application/json", "content-length": data.length };
    const headers = { ...target.headers, ...ofBody };
    const request = http.request(new URL(target.url + path), { method, agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        if ((response.statusCode ?? 500) >= 400) reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
        else resolve(text ? JSON.parse(text) : {});
      });
    });
    request.on("error", reject).end(data);
  });
}

export const closeConnections = () => agent.destroy();
