import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

function cost(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/cost.mjs", ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

/** The cells of a line of a table, without its name. */
function line(text: string, name: string): string[] {
  const found = text.split("\n").find((each) => each.startsWith(`| ${name} |`));
  if (!found) throw new Error(`There is no line '${name}' in\n${text}`);
  return found
    .split(" | ")
    .slice(1)
    .map((cell) => cell.replaceAll(/[*| ,]/g, ""));
}

describe("npm run cost", () => {
  it("prints what docs/cost.md has", () => {
    const [, written] = /<!-- written .*? -->\n(.*)<!-- end -->/s.exec(readFileSync("docs/cost.md", "utf8"))!;
    expect(written).toBe(cost().stdout);
  });

  it("is what README's comparison has", () => {
    const { stdout } = cost();
    const [ours, container] = ["**This app**", "**With the container**"].map((name) => line(stdout, name).map(Number));
    const cell = (number?: number) => number?.toLocaleString("en-US");
    const both = (index: number) => [ours, container].map((totals) => cell(totals?.at(index)));
    const small = [ours, container].map((totals) => `${cell(totals?.[0])}; ${cell(totals?.[2])}`);
    const readme = readFileSync("README.md", "utf8");
    expect(readme).toContain(`prices unverified) | ${small.join(" | ")} |`);
    expect(readme).toContain(`day and night | ${both(-1).join(" | ")} |`);
  });

  it("says that its prices are unverified, and of when they are", () => {
    const { unverified, date } = JSON.parse(readFileSync("scripts/cost/prices.json", "utf8"));
    expect(unverified).toBe(true);
    expect(cost().stdout).toContain(`**unverified**, of ${date}`);
  });

  it("adds the lines up", () => {
    const names = ["Compute", "PostgreSQL, always on", "Its disk", "Artifacts kept", "Storage operations"];
    const { stdout } = cost("--network", "private");
    const rest = ["Telemetry, alerts", "Private network", "Traffic out of Azure"];
    const lines = [...names, ...rest].map((name) => Number(line(stdout, name).at(-1)));
    const sum = lines.reduce((left, right) => left + right, 0);
    // Each line is rounded.
    expect(Math.abs(Number(line(stdout, "**This app**").at(-1)) - sum)).toBeLessThanOrEqual(lines.length / 2 + 1);
  });

  it("charges on-demand compute beyond the free grant, by active seconds and executions", () => {
    // A run of one request, in one hour: the mean is one request a second, so 1 - 1/e of the time is active.
    const only = ["run.requests=1", "read.requests=0", "visit.requests=0"].flatMap((set) => [
      "--set",
      `measured.${set}`,
    ]);
    const load = ["--set", "loads.company.runs=3600", "--set", "loads.company.hours=1"];
    const { stdout } = cost(
      ...only,
      ...load,
      "--set",
      "prices.flex.gbSecond=1",
      "--set",
      "prices.flex.freeGbSeconds=0",
    );
    const timers = (730 / 24) * 4;
    const expected = 2 * (3600 * (1 - Math.exp(-1)) + timers);
    expect(Number(line(stdout, "Compute").at(-1))).toBeCloseTo(expected, -1);
    expect(line(stdout, "Requests a month").at(-1)).toBe("3600");
  });

  it("takes other prices, loads and levels", () => {
    const sets = ["prices.postgres.hour.Standard_B1ms=1", "loads.team.postgres=Standard_B1ms", "loads.idle.runs=24000"];
    const { stdout } = cost(...sets.flatMap((set) => ["--set", set]), "--network", "database", "--always-ready", "1");
    expect(line(stdout, "PostgreSQL, always on").slice(0, 3)).toEqual(["730", "730", "730"]);
    expect(line(stdout, "Runs a month")[0]).toBe("24000");
    expect(Number(line(stdout, "Private network")[0])).toBeGreaterThan(0);
    expect(line(stdout, "Compute")).toEqual(line(stdout, "Compute, 1 always ready"));
  });

  it.each([
    ["--set", "prices.postgres.hour.Standard_B9=1"],
    ["--set", "prices.postgres=1"],
    ["--set", "prices.flex.gbSecond=-1"],
    ["--set", "loads.__proto__.toString=1"],
    ["--network", "secret"],
    ["--always-ready", "-1"],
    ["--container", "kubernetes"],
    ["--nonsense", ""],
  ])("refuses %s %s", (...args) => {
    const { status, stdout, stderr } = cost(...args.filter((arg) => arg !== ""));
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(args[0]);
  });

  it("has a help that names each option", () => {
    const { stdout, status } = cost("--help");
    expect(status).toBe(0);
    for (const option of ["network", "always-ready", "container", "month", "set", "write"])
      expect(stdout).toContain(`--${option}`);
  });
});
