/** Why a deployed app can't be reached, seen from outside: a table of causes, each said with what mends it. */
import type { Cause } from "./cause.ts";

/** How a request failed or was answered by something other than the app. */
export interface SiteFault {
  /** The system's name of the failure, such as `ENOTFOUND`; empty where there was an answer. */
  code: string;
  /** Of the error or the answer. It decides, and is not repeated. */
  text: string;
  /** Of the answer. */
  status?: number;
}

interface Row {
  id: string;
  when(fault: SiteFault): boolean;
  says(host: string): string;
  mend: string;
}

const isStatus =
  (...statuses: number[]) =>
  (fault: SiteFault) =>
    statuses.includes(fault.status ?? 0);

/** The first row that fits is the cause. */
const rows: Row[] = [
  {
    id: "unknown name",
    when: ({ code }) => /^(ENOTFOUND|EAI_)/.test(code),
    says: (host) => `No host is known by the name ${host}.`,
    mend: "Correct --url; a private app's name is known inside its network only.",
  },
  {
    id: "refused connection",
    when: ({ code }) => code === "ECONNREFUSED",
    says: (host) => `Nothing takes connections at ${host}.`,
    mend: "Correct --url, or start the app.",
  },
  {
    id: "certificate",
    when: ({ code, text }) => /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/.test(code) || /certificate|altname/i.test(text),
    says: (host) => `The certificate of ${host} is not one that clients trust.`,
    mend: "See the finding on TLS; behind a proxy that opens TLS, NODE_EXTRA_CA_CERTS names the file of its authority.",
  },
  {
    id: "silent",
    when: ({ code, text }) =>
      /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|UND_ERR)/.test(code) || /timeout|aborted/i.test(text),
    says: (host) => `${host} does not answer.`,
    mend: "It may be stopped, or a firewall drops this machine's packets; a private app is reached from inside its network only.",
  },
  {
    id: "stopped",
    when: (fault) => fault.status === 403 && /stopped|disabled/i.test(fault.text),
    says: (host) => `The app at ${host} is stopped.`,
    mend: "Start it: az functionapp start.",
  },
  {
    id: "not admitted",
    when: isStatus(403),
    says: (host) => `The platform does not admit this machine to ${host}.`,
    mend: "Admit its address in the app's access restrictions, or ask from inside the app's network.",
  },
  {
    id: "no app",
    when: isStatus(404),
    says: (host) => `${host} serves no app that has /health.`,
    mend: "Correct --url (with MLFLOW_STATIC_PREFIX where that is set), or deploy the app: its package may hold no functions.",
  },
  {
    id: "settings",
    when: ({ status, text }) => status === 500 && text.includes("INTERNAL_ERROR"),
    says: (host) => `The app at ${host} runs and refuses its settings.`,
    mend: "Its log names each setting that is wrong.",
  },
  {
    id: "host",
    when: ({ status = 0 }) => status >= 500,
    says: (host) => `The Functions host at ${host} does not run the app.`,
    mend: "See its log: AzureWebJobsStorage (empty, or without a role for the host's identity), the runtime's version, and the package.",
  },
];

/** Why there was no answer of the app, in a sentence, and what mends it. */
export function siteCause(fault: SiteFault, host: string): Cause {
  const row = rows.find(({ when }) => when(fault));
  if (row) return { id: row.id, message: row.says(host), mend: row.mend };
  const what = fault.status === undefined ? fault.code || "no answer" : `an answer of ${fault.status}`;
  return { id: "other", message: `${host} does not answer as the app does: ${what}.`, mend: "Correct --url." };
}
