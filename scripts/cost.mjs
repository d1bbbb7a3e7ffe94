/** `npm run cost`: what this app costs a month, beside a container that is always on. docs/cost.md has its output. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { report } from "./cost/tables.mjs";

const help = `What this app costs a month on Azure, beside a container that is always on: npm run cost -- [options]

  --network <level>     public, database or private (default public)
  --always-ready <n>    instances that are always ready (default 0)
  --container <name>    container-instances or container-apps (default container-instances)
  --month <n>           how many months of runs are kept by then (default 12)
  --set <name>=<value>  another number or text of scripts/cost/*.json, as loads.team.runs=9000, prices.flex.gbSecond=0.00003 or
                        assumed.artifactMbOfRun=50; may be repeated
  --write               writes the tables into docs/cost.md
  --help                this text

Prices are list prices and unverified: put in your own.`;

const document = "docs/cost.md";
const marks = ["<!-- written by npm run cost -- --write -->", "<!-- end -->"];

const read = (name) => JSON.parse(readFileSync(`scripts/cost/${name}.json`, "utf8"));

/** @throws Error for a name that is not there, or a text in place of a number */
function set(input, text) {
  const [, path, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  const names = path?.split(".") ?? [];
  const last = names.pop();
  const owner = names.reduce((inner, name) => inner?.[name], input);
  if (typeof owner?.[last] === "string") owner[last] = value;
  else if (typeof owner?.[last] === "number" && value !== "" && Number(value) >= 0) owner[last] = Number(value);
  else throw new Error(`--set ${text}: there is no such name, or it takes a number of 0 or more.`);
}

const count = (name, text) => {
  if (!/^\d{1,4}$/.test(text)) throw new Error(`--${name} takes a whole number, not '${text}'.`);
  return Number(text);
};

function oneOf(name, text, choices) {
  if (!choices.includes(text)) throw new Error(`--${name} takes ${choices.join(", ")}, not '${text}'.`);
  return text;
}

function main() {
  const { values } = parseArgs({
    options: {
      network: { type: "string", default: "public" },
      "always-ready": { type: "string", default: "0" },
      container: { type: "string", default: "container-instances" },
      month: { type: "string", default: "12" },
      set: { type: "string", multiple: true, default: [] },
      write: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(help);
  const input = {
    loads: read("loads"),
    prices: read("prices"),
    measured: read("measured"),
    assumed: read("assumptions"),
  };
  for (const text of values.set) set(input, text);
  const tables = report(input, {
    network: oneOf("network", values.network, Object.keys(input.assumed.endpoints)),
    container: oneOf("container", values.container, Object.keys(input.prices.container)),
    alwaysReady: count("always-ready", values["always-ready"]),
    month: count("month", values.month),
  });
  if (!values.write) return console.log(tables);
  const [before, rest] = readFileSync(document, "utf8").split(marks[0]);
  const after = rest.split(marks[1])[1];
  writeFileSync(document, `${before}${marks[0]}\n${tables}\n${marks[1]}${after}`);
}

try {
  main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
