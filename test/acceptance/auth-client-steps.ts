/** Compares what AuthServiceClient got from two servers (auth-client.py). */
import { differences } from "./differential/compare.ts";

interface Step {
  /** Who called which method, and the number of the call. */
  name: string;
  answer?: unknown;
}

export interface Report {
  methods: number;
  steps: Step[];
  passwords: Record<string, string>;
}

interface Explained {
  calls: RegExp;
  differs: RegExp;
  reason: string;
}

const explained: Explained[] = [
  {
    calls: /./,
    differs: /^body\.message$/,
    reason: "Messages are in words of our own, and say of a wrong password how to sign in.",
  },
  {
    calls: /./,
    differs: /^body\.class$/,
    reason:
      "Stock refuses in HTML, of which the client makes a MlflowException. Here it is MLflow's error JSON: a RestException, with the same code.",
  },
  {
    calls: /^admin: create_user 7$/,
    differs: /^body\.error_code$/,
    reason: "An empty name is INVALID_PARAMETER_VALUE here; stock answers it with 400 in plain text.",
  },
  {
    calls: /^ben: get_user_permission 136$/,
    differs: /^body$|^body\./,
    reason: "A prompt's permission can be asked for. Stock grants it, but does not answer what is granted.",
  },
  {
    calls: /^admin: get_user_permission 142$/,
    differs: /^body\.(allowed|permission)$/,
    reason: "An admin may everything. Stock answers as if they were none.",
  },
  {
    calls: /^ada: list_roles 112$/,
    differs: /^body/,
    reason:
      "A user has their own role from their first sign-in on, so that a creation grants in its own statement; stock makes it with the first grant.",
  },
];

/**
 * A user's own role is there from the first sign-in on, and with stock from the first grant on. So those that hold
 * nothing are left out, and the order and the numbers of roles are not compared.
 */
function comparable(answer: unknown): unknown {
  if (!Array.isArray(answer)) return answer;
  const isEmptyOwn = ({ name, permissions }: Record<string, unknown>) =>
    typeof name === "string" && name.startsWith("__user_") && Array.isArray(permissions) && permissions.length === 0;
  const kept = answer.filter((each) => !isEmptyOwn(each));
  return kept.every((each) => "permissions" in each) ? kept.map(unnumbered).sort(byName) : kept;
}

const unnumbered = ({ id: _, permissions, ...role }: Record<string, unknown>) => ({
  ...role,
  permissions: (permissions as Record<string, unknown>[]).map(({ role_id: __, id: ___, ...held }) => held),
});

const byName = (a: object, b: object) => JSON.stringify(a).localeCompare(JSON.stringify(b));

export function compareSteps(stock: Report, ours: Report) {
  const unused = new Set(explained);
  const unexplained: object[] = [];
  let number = 0;
  if (stock.steps.length !== ours.steps.length) throw new Error("The two servers were not asked the same.");
  for (const [index, step] of ours.steps.entries()) {
    const body = (answer: unknown) => ({ status: 0, contentType: "", body: comparable(answer) });
    const found = differences(body(stock.steps[index]!.answer), body(step.answer));
    const why = found.map(({ path }) =>
      explained.find((each) => each.calls.test(step.name) && each.differs.test(path)),
    );
    for (const each of why) if (each) unused.delete(each);
    if (why.some((each) => each !== undefined)) number += 1;
    unexplained.push(...found.filter((_, at) => !why[at]).map((difference) => ({ call: step.name, ...difference })));
  }
  return { unexplained, unused: [...unused].map(({ reason }) => reason), explained: number };
}
