/** `npm run tokens`: API tokens, made, listed and revoked by who has the app's settings. */
import { auditOf, tokenRevoked } from "../functions/tokens/tokens.ts";
import { ApiTokens } from "../shared/access/api-tokens.ts";
import { BasicSignIn } from "../shared/access/basic.ts";
import type { AppContext } from "../shared/platform/context.ts";
import type { Audited } from "../shared/platform/http/route.ts";
import type { ListedToken } from "../shared/platform/identity/token-keeper.ts";
import { print, run } from "../shared/tools/command.ts";
import { Misuse, Refusal } from "../shared/tools/refusal.ts";
import { readContext } from "./context.ts";

const command = {
  call: "npm run tokens",
  does: "Makes, lists and revokes API tokens",
  text: "create | list | revoke <id>",
  options: {
    for: {
      type: "string",
      value: "<user>",
      help: "whose the new token is: a user's name, or user:<tenant>:<object id> or app:... of Entra",
    },
    name: { type: "string", value: "<name>", help: "what the new token is called" },
    role: { type: "string", value: "<role>", help: "the one role of its owner that the new token has" },
    "read-only": { type: "boolean", default: false, help: "the new token changes nothing" },
    days: { type: "string", value: "<days>", help: "how long the new token lasts" },
    "data-dir": {
      type: "string",
      default: ".data",
      value: "<dir>",
      help: "of the npm start whose database is meant where none is set (default: .data)",
    },
  },
  more: `The settings are those of the environment and of local.settings.json. create prints the token alone, once.
A token of an Entra user or app that is made here has what is granted to that one itself, and no app roles.`,
} as const;

const dateOf = (time: number | null) => (time === null ? "never" : new Date(time).toISOString().slice(0, 16));

const line = ({ id, name, owner, read_only, role, expiration_time, last_used_time }: ListedToken): string =>
  [
    String(id).padEnd(6),
    name.replace(/\p{Cc}/gu, "?").padEnd(24),
    owner.padEnd(24),
    [role ?? "all", ...(read_only ? ["read-only"] : [])].join(" ").padEnd(20),
    `until ${dateOf(expiration_time)}`,
    `used ${dateOf(last_used_time)}`,
  ].join("  ");

/** The audit log has what an operator did too: a row, and a line beside the output. */
async function keep({ audit }: AppContext, audited: Audited): Promise<void> {
  audit.add(audited, { who: command.call, address: "-", request: "-" }, console.error);
  await audit.flush();
}

run(command, async (values, text) => {
  const [what, id] = text.split(" ");
  const context = await readContext(values["data-dir"]);
  if (!context.config.MLFLOW_FUNCTIONS_AUTH?.length)
    throw new Refusal("Nobody signs in here: API tokens are of use where MLFLOW_FUNCTIONS_AUTH is set.");
  const tokens = new ApiTokens(context, async () => new BasicSignIn(context));
  try {
    switch (what) {
      case "create": {
        if (!values.for || !values.name) throw new Misuse("create needs --for and --name.");
        const days = values.days === undefined ? undefined : Number(values.days);
        const asked = { name: values.name, role: values.role, readOnly: values["read-only"], days };
        const { text: token, token: made } = await tokens.createFor(values.for, asked);
        console.log(token);
        const { detail, ...audited } = auditOf(made);
        await keep(context, { ...audited, detail: { ...detail, owner: made.owner } });
        return;
      }
      case "list": {
        const all = await tokens.listAll();
        print(all.length === 0 ? "There are no API tokens." : all.map(line).join("\n"));
        return;
      }
      case "revoke": {
        if (!/^\d{1,9}$/.test(id ?? "")) throw new Misuse("revoke needs the id of a token, as list shows it.");
        const name = await tokens.remove(Number(id));
        print(`Revoked ${name}. Every instance refuses it within 30 seconds.`);
        await keep(context, tokenRevoked({ id: Number(id) }));
        return;
      }
      default:
        throw new Misuse("What to do is create, list or revoke: see npm run tokens -- --help.");
    }
  } finally {
    await context.database().end();
  }
});
