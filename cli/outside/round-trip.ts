/** A small blob, sent to storage and read back as clients do it, from this machine. */
import { randomBytes } from "node:crypto";
import { corsRule, letsPagesIn } from "../../shared/artifacts/cors.ts";
import { storageCause } from "../../shared/platform/causes/storage.ts";
import { quoted } from "../../shared/tools/secrets.ts";
import type { Look } from "../findings.ts";
import { type Answer, ask, askUrl, NoAnswer, type Site, saidBy } from "./site.ts";

const artifacts = "/api/2.0/mlflow-artifacts";

interface Asker {
  site: Site;
  headers: Record<string, string>;
}

/** A folder that nothing else uses, and what takes it away. */
interface Folder {
  path: string;
  remove(): Promise<unknown>;
}

export interface RoundTrip {
  look: Look;
  /** The Blob endpoint's address, with the path up to the container. */
  storage?: { endpoint: string; account: string };
}

const bad = (text: string): Look => ({ good: false, text });

/** Leaves nothing but, for callers who are no admins, a deleted experiment. */
export async function roundTrip(asker: Asker): Promise<RoundTrip> {
  const content = `mlflow-functions doctor ${randomBytes(16).toString("hex")}`;
  const [first, folder] = await begin(asker);
  if (!folder)
    return { look: first.status === 403 ? mayNot(first) : bad(`an upload can't be begun: ${saidBy(first)}`) };
  try {
    return await transfer(asker, folder.path, first, content);
  } finally {
    await asked(asker, "DELETE", `${artifacts}/artifacts/${folder.path}/${file}`).catch(() => {});
    await folder.remove().catch(() => {});
  }
}

const file = "round-trip.txt";

const mayNot = (answer: Answer): Look => ({
  good: true,
  skipped: true,
  text: `it needs someone who may create experiments: ${saidBy(answer)}`,
});

const asked = ({ site, headers }: Asker, method: string, path: string, body?: object) =>
  ask(site, path, {
    method,
    headers: { ...headers, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });

const beginIn = (asker: Asker, path: string) =>
  asked(asker, "POST", `${artifacts}/mpu/create/${path}`, { path: file, num_parts: 1 });

/** Admins may write outside of experiments; others get an experiment for it. */
async function begin(asker: Asker): Promise<[Answer, Folder | undefined]> {
  const path = `mlflow-functions-doctor-${randomBytes(8).toString("hex")}`;
  const first = await beginIn(asker, path);
  if (first.status !== 403) return [first, first.status === 200 ? { path, remove: async () => {} } : undefined];
  const made = await asked(asker, "POST", "/api/2.0/mlflow/experiments/create", { name: path });
  const { experiment_id } = made.json;
  if (made.status !== 200) return [made, undefined];
  const remove = () => asked(asker, "POST", "/api/2.0/mlflow/experiments/delete", { experiment_id });
  const second = await beginIn(asker, String(experiment_id));
  if (second.status === 200) return [second, { path: String(experiment_id), remove }];
  await remove();
  return [second, undefined];
}

interface Upload {
  upload_id?: string;
  credentials?: { url: string; part_number: number; headers?: Record<string, string> }[];
}

async function transfer(asker: Asker, path: string, first: Answer, content: string): Promise<RoundTrip> {
  const { upload_id, credentials: [credential] = [] } = first.json as Upload;
  if (!credential) return { look: bad("an upload is begun without an address to send it to") };
  const storage = placeOf(credential.url);
  const send = () => askUrl(credential.url, { method: "PUT", headers: credential.headers ?? {}, body: content });
  const refused = await storageSays(send, storage.account);
  if (refused) return { storage, look: bad(`the upload: ${refused}`) };
  const parts = [{ url: credential.url, part_number: credential.part_number, etag: "" }];
  const done = await asked(asker, "POST", `${artifacts}/mpu/complete/${path}`, { path: file, upload_id, parts });
  if (done.status !== 200) return { storage, look: bad(`the upload can't be completed: ${saidBy(done)}`) };
  const signed = await asked(asker, "GET", `${artifacts}/presigned/${path}/${file}`);
  if (signed.status !== 200) return { storage, look: bad(`no download is signed: ${saidBy(signed)}`) };
  let read = "";
  const fetched = async () => {
    const answer = await askUrl(String(signed.json.url));
    read = answer.text;
    return answer;
  };
  const unread = await storageSays(fetched, storage.account);
  if (unread) return { storage, look: bad(`the download: ${unread}`) };
  if (read !== content) return { storage, look: bad("the download is not what was uploaded") };
  return {
    storage,
    look: { good: true, text: `a blob went to '${storage.account}' and back, by SAS from this machine` },
  };
}

/** An account's name is the host's first label; with an address it is the first part of the path, as in Azurite. */
function placeOf(url: string): { endpoint: string; account: string } {
  const { origin, hostname, pathname } = new URL(url);
  const isAddress = /^[\d.]+$|^\[|^localhost$/.test(hostname);
  const [, first = ""] = pathname.split("/");
  return isAddress
    ? { endpoint: `${origin}/${first}`, account: first }
    : { endpoint: origin, account: hostname.split(".")[0]! };
}

/** What is wrong with a call to storage, and the mend; undefined where nothing is. */
async function storageSays(call: () => Promise<Answer>, account: string): Promise<string | undefined> {
  const work = { use: "blobs", account, who: "this machine" } as const;
  try {
    const { status, headers, text } = await call();
    if (status < 300) return undefined;
    const code = headers.get("x-ms-error-code") ?? undefined;
    const { message, mend } = storageCause({ name: "RestError", status, code, text: text.slice(0, 1_000) }, work);
    return `${message} ${mend}`;
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    const { message, mend } = storageCause(
      { name: "RestError", code: error.code || "ETIMEDOUT", text: error.message },
      work,
    );
    return `${message} ${mend}`;
  }
}

/** Whether the page's origin may read and write the blobs itself. */
export async function lookAtCors(
  { endpoint, account }: NonNullable<RoundTrip["storage"]>,
  origin: string,
): Promise<Look> {
  if (await letsPagesIn(endpoint, origin, 5_000))
    return { good: true, text: `pages of ${origin} reach the blobs of '${account}'` };
  return bad(corsAdvice(account, origin));
}

/** What to run where the page's origin is not admitted. */
export function corsAdvice(account: string, origin: string): string {
  const command = [
    `az storage cors add --services b --account-name ${quoted(account)} --origins ${quoted(origin)}`,
    `--methods ${corsRule.methods.join(" ")} --allowed-headers '${corsRule.allowedHeaders.join("' '")}'`,
    `--exposed-headers '${corsRule.exposedHeaders.join("' '")}' --max-age ${corsRule.maxAgeInSeconds}`,
  ].join(" ");
  return `pages of ${origin} can't reach the blobs of '${account}'. The page works, with previews up to
         MLFLOW_FUNCTIONS_PREVIEW_LIMIT only. Run: ${command}`;
}
