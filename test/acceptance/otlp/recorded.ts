import { readFileSync } from "node:fs";
import type { Case } from "./case.ts";

interface Recorded {
  headers: Record<string, string>;
  body: string;
}

/** What real exporters sent (test/traces/recorded/), with a Content-Length. */
export const recorded: Case[] = ["python", "mlflow", "node"].flatMap((exporter) => {
  const requests: Recorded[] = JSON.parse(readFileSync(`test/traces/recorded/${exporter}.json`, "utf8"));
  return requests.map(({ headers: { "transfer-encoding": _, ...headers }, body }, at) => ({
    name: `${exporter} ${at}`,
    headers,
    body: Buffer.from(body, "base64"),
  }));
});
