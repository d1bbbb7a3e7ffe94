import http from "node:http";

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

/** One JSON request. @throws Error with the answer of a refusal */
export function call(base: string, method: string, path: string, body?: unknown): Promise<Record<string, never>> {
  return new Promise((resolve, reject) => {
    const data = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = data && { "content-type": "application/json", "content-length": data.length };
    const request = http.request(new URL(base + path), { method, agent, headers }, (response) => {
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
