/** The bills of all loads as Markdown, for docs/cost.md and the terminal. */
import { bill } from "./model.mjs";

const dollars = (amount) => (amount > 0 && amount < 0.5 ? "< 1" : Math.round(amount).toLocaleString("en-US"));
const whole = (number) => Math.round(number).toLocaleString("en-US");
const row = (...cells) => `| ${cells.join(" | ")} |`;
const table = (head, rows) => [row(...head), row(...head.map(() => "---")), ...rows.map((cells) => row(...cells))];
const kilobytes = (bytes) => `${whole(bytes / 1000)} kB`;

/** @param input loads by name, prices, measured, assumed. @param options as of `bill` */
export function report({ loads, ...input }, options) {
  const all = Object.values(loads);
  const titles = all.map(({ title }) => title);
  const bills = (changed = {}) => all.map((load) => bill(load, input, { ...options, ...changed }));
  return [
    ...measurements(input),
    "",
    ...monthly(all, titles, bills(), input.prices, options),
    "",
    ...choices(titles, bills, options),
    "",
    ...evens(input, options),
  ].join("\n");
}

function measurements({ measured }) {
  const { date, client, run, read, visit } = measured;
  const used = ({ requests, storage, answerBytes }) => [
    requests,
    storage.write ?? 0,
    storage.read ?? 0,
    storage.other ?? 0,
    storage.table ?? 0,
    kilobytes(answerBytes),
  ];
  return [
    `Measured ${date} with client ${client}, for each:`,
    "",
    ...table(
      ["", "Requests to the app", "Blob writes and listings", "Blob reads", "Other blob", "Tables", "Answers"],
      [
        ["A run", ...used(run)],
        ["A read of a model", ...used(read)],
        ["A visit of the page", ...used(visit)],
      ],
    ),
    "",
    `A run adds ${kilobytes(run.databaseBytes)} to the database.`,
  ];
}

function monthly(all, titles, bills, prices, { network, month }) {
  const lines = bills[0].lines.map(({ name }, line) => [name, ...bills.map((one) => dollars(one.lines[line].app))]);
  return [
    `${prices.currency} a month in the ${month}th month, prices of ${prices.region}, **unverified**, of ${prices.date}; network \`${network}\`:`,
    "",
    ...table(
      ["", ...titles],
      [
        ["Runs a month", ...all.map(({ runs }) => whole(runs))],
        ["Requests a month", ...bills.map(({ used }) => whole(used.requests))],
        ["Hours in which an instance is active", ...bills.map(({ active }) => whole(active / 3600))],
        ["PostgreSQL", ...all.map(({ postgres }) => postgres.replace("Standard_", ""))],
        ...lines,
        ["**This app**", ...bills.map(({ total }) => `**${dollars(total.app)}**`)],
        ["Containers of 1 vCPU, 2 GiB", ...bills.map(({ count }) => count)],
        ["Their compute, in place of the first line", ...bills.map(({ lines }) => dollars(lines[0].container))],
        ["**With the container**", ...bills.map(({ total }) => `**${dollars(total.container)}**`)],
      ],
    ),
  ];
}

function choices(titles, bills, { alwaysReady }) {
  const compute = (changed) => bills(changed).map(({ lines }) => dollars(lines[0].app));
  const network = (level) => bills({ network: level }).map(({ lines }) => dollars(lines[6].app));
  const containers = (service) => bills({ container: service }).map(({ lines }) => dollars(lines[0].container));
  return [
    "What choices cost:",
    "",
    ...table(
      ["", ...titles],
      [
        [`Compute, ${alwaysReady} always ready`, ...compute({})],
        ["Compute, 1 always ready", ...compute({ alwaysReady: 1 })],
        ["Private network, `database`", ...network("database")],
        ["Private network, `private`", ...network("private")],
        ["Container Instances", ...containers("container-instances")],
        ["Container Apps, never idle", ...containers("container-apps")],
      ],
    ),
  ];
}

/** Up to how much of the time on-demand compute costs less than a container. */
function evens({ prices, assumed }, { container }) {
  const { vCpuHour, gibHour } = prices.container[container];
  const hour = 3600 * assumed.instanceMemoryGb * prices.flex.gbSecond;
  const free = prices.flex.freeGbSeconds / assumed.instanceMemoryGb / 3600;
  const even = free + ((vCpuHour + 2 * gibHour) * prices.hoursOfMonth) / hour;
  return [
    `An active hour of an instance costs ${hour.toFixed(3)}, the first ${Math.round(free)} a month nothing; an hour of the container ` +
      `${(vCpuHour + 2 * gibHour).toFixed(3)}, active or not.`,
    `So the app's compute is cheaper up to ${Math.round(even)} active hours a month, ${Math.round((even / prices.hoursOfMonth) * 100)}% of it.`,
  ];
}
