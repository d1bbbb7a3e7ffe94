import { claudeCode } from "./claude-code.ts";
import type { Attributes, Dialect } from "./dialect.ts";
import { geminiCli, genAi, liveKit, springAi } from "./genai.ts";
import { googleAdk, laminar, langfuse, openInference, traceloop, voltAgent } from "./keyed.ts";
import { vercelAi } from "./vercel-ai.ts";

// The order decides where several could answer.
export const dialects: readonly Dialect[] = [
  openInference,
  geminiCli,
  claudeCode,
  genAi,
  springAi,
  traceloop,
  googleAdk,
  vercelAi,
  voltAgent,
  liveKit,
  laminar,
  langfuse,
];
export const dialectsOfEvents: readonly Dialect[] = [springAi, liveKit, claudeCode];

const known = new Set(dialects.flatMap(({ reads }) => reads));

/** Whether any dialect reads one of these attributes. To ask each of all takes a third of the app's time for a span. */
export function isForeign(attributes: Attributes): boolean {
  for (const key of attributes.keys()) {
    const end = key.indexOf(".");
    if (known.has(end === -1 ? key : key.slice(0, end))) return true;
  }
  return false;
}
