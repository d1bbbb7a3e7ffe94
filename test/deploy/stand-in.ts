/**
 * A stand-in for what hooks talk to: azd and az as programs on PATH, Microsoft Graph and Azure Resource Manager as a
 * server of this process. Hooks run as processes of their own, as azd runs them.
 */
import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { type Answered, Directory } from "./directory.ts";
import { Subscription } from "./subscription.ts";

export interface Ran {
  code: number;
  /** Both outputs. */
  text: string;
}

/** azd and az, as far as hooks call them. In sh, since a process of Node's for each call takes too long. */
const signedIn = (name: string) => `#!/bin/sh
here=$(dirname "$0")
printf '%s\\n' "${name} $*" >> "$here/calls"
if [ -f "$here/${name}.out" ]; then echo "ERROR: not logged in, run ${name} login" >&2; exit 1; fi
case "$*" in
  "env set "*) printf '%s=%s\\n' "$3" "$4" >> "$here/env" ;;
  "auth token "*api://*|"account get-access-token "*api://*) cat "$here/app-token" ;;
  "auth token "*|"account get-access-token "*) cat "$here/token" ;;
  *) exec node "$here/cli.cjs" "$@" ;;
esac
`;

/** The other commands of az, which hooks print for administrators. */
const cli = `fetch(process.env.STAND_IN_URL + "/cli", { method: "POST", body: JSON.stringify(process.argv.slice(2)) })
  .then((answer) => answer.json())
  .then(({ stdout = "", stderr = "", code = 0 }) => {
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    process.exitCode = code;
  });
`;

const fileOf = (hook: string) => resolve(`infra/hooks/${hook}.mjs`);

/** Runs a program on a terminal of its own, and types a line once it is asked for one. */
const terminal = `
import os, pty, sys
typed = []
def read(fd):
    data = os.read(fd, 4096)
    if b"to go on" in data and not typed:
        typed.append(os.write(fd, sys.argv[1].encode() + b"\\n"))
    return data
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[2:], read, lambda fd: b"")))
`;

export class StandIn {
  readonly directory = new Directory();
  readonly subscription = new Subscription();
  readonly deployer = randomUUID();
  /** The azd environment. */
  readonly env: Record<string, string> = {
    AZURE_ENV_NAME: "team",
    AZURE_SUBSCRIPTION_ID: this.subscription.id,
    AZURE_LOCATION: "westeurope",
    AZURE_RESOURCE_GROUP: "rg-team",
  };
  /** Every call of azd and az. */
  calls: string[] = [];
  private server = createServer((request, response) => {
    this.answer(request).then(
      ({ status, body }) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(status === 204 ? undefined : JSON.stringify(body));
      },
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  private url = "";
  private bin = "";

  async start(): Promise<this> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    this.bin = await mkdtemp(join(tmpdir(), "mlflow-programs-"));
    for (const name of ["azd", "az"]) {
      await writeFile(join(this.bin, name), signedIn(name));
      await chmod(join(this.bin, name), 0o755);
    }
    await writeFile(join(this.bin, "cli.cjs"), cli);
    await this.setToken("token", tokenOf(this.deployer));
    await this.setToken("app-token", tokenOf(this.deployer));
    return this;
  }

  /** The token that azd and az give for Graph and Azure, or for the app. */
  setToken(file: "token" | "app-token", token: string): Promise<void> {
    return writeFile(join(this.bin, file), JSON.stringify({ token, accessToken: token }));
  }

  signOut(name: "azd" | "az"): Promise<void> {
    return writeFile(join(this.bin, `${name}.out`), "");
  }

  /** What azd and az were called for meanwhile. */
  private async take(): Promise<void> {
    const lines = async (file: string) => {
      const text = await readFile(join(this.bin, file), "utf8").catch(() => "");
      return text.split("\n").filter((line) => line !== "");
    };
    this.calls = await lines("calls");
    for (const line of await lines("env")) {
      const at = line.indexOf("=");
      this.env[line.slice(0, at)] = line.slice(at + 1);
    }
    await rm(join(this.bin, "env"), { force: true });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
    await rm(this.bin, { recursive: true, force: true });
  }

  private environment(more: Record<string, string>) {
    // The folder of Node's own program, and those of the shell's.
    const path = [this.bin, dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter);
    return {
      ...this.env,
      PATH: path,
      STAND_IN_URL: this.url,
      MLFLOW_TEST_GRAPH_URL: `${this.url}/graph`,
      MLFLOW_TEST_ARM_URL: `${this.url}/arm`,
      MLFLOW_TEST_PAUSE_MS: "20",
      ...more,
    };
  }

  /** Runs a hook to its end. */
  hook(name: string, more: Record<string, string> = {}, cwd = resolve("infra/hooks")): Promise<Ran> {
    return this.run(process.execPath, [fileOf(name)], { cwd, env: this.environment(more) });
  }

  /** The same on a terminal, where someone types a line. */
  hookOnTerminal(name: string, typed: string): Promise<Ran> {
    const options = { cwd: resolve("."), env: this.environment({}) };
    return this.run("python3", ["-c", terminal, typed, process.execPath, fileOf(name)], options);
  }

  private async run(file: string, args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<Ran> {
    const ran = await new Promise<Ran>((done) => {
      const child = spawn(file, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
      let text = "";
      for (const output of [child.stdout, child.stderr]) output.on("data", (data) => (text += data));
      child.on("close", (code) => done({ code: code ?? -1, text }));
    });
    await this.take();
    return ran;
  }

  /** Runs the commands that a hook printed, as an administrator of the tenant would in a Bash. */
  asAdministrator(text: string): Promise<Ran> {
    const lines = text.split("\n").filter((line) => /^ {2}(id=|sp=|az |echo )/.test(line));
    const args = ["--norc", "-euo", "pipefail", "-c", lines.join("\n")];
    return new Promise((done) =>
      execFile("bash", args, { env: this.environment({}) }, (error, stdout, stderr) =>
        done({ code: error ? 1 : 0, text: error ? stdout + stderr : stdout }),
      ),
    );
  }

  private async answer(request: IncomingMessage): Promise<Answered> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const body = text === "" ? undefined : JSON.parse(text);
    const [, kind, rest = "/"] = /^\/(\w+)(.*)$/.exec(request.url ?? "") ?? [];
    if (kind === "cli") return { status: 200, body: this.cli(body) };
    const caller = callerOf(request.headers.authorization);
    if (!caller) return { status: 401, body: { error: { code: "InvalidAuthenticationToken", message: "No token." } } };
    const method = request.method ?? "GET";
    return kind === "graph"
      ? this.directory.answer(method, rest, caller, body)
      : this.subscription.answer(method, rest, body);
  }

  /** As an administrator of the tenant. */
  private cli(args: string[]) {
    const option = (name: string) => args[args.indexOf(name) + 1] ?? "";
    const graph = (method: string, path: string, body?: object) =>
      this.directory.answer(method, path, this.directory.administrator, body);
    const shown = ({ status, body }: Answered, query: string) =>
      status < 300 ? { stdout: `${query ? body[query] : ""}\n` } : { code: 1, stderr: JSON.stringify(body) };
    const query = args.includes("--query") ? option("--query") : "";
    switch (args.slice(0, 3).join(" ")) {
      case "rest --method post":
      case "rest --method patch": {
        const path = option("--url").replace("https://graph.microsoft.com/v1.0", "");
        return shown(graph(option("--method").toUpperCase(), path, JSON.parse(option("--body"))), query);
      }
      case "ad sp create":
        return shown(graph("POST", "/servicePrincipals", { appId: option("--id") }), query);
      case "ad sp show":
        return shown(graph("GET", `/servicePrincipals(appId='${option("--id")}')`), query);
      case "ad app owner":
        this.directory.applications
          .find(({ appId }) => appId === option("--id"))
          .owners.push(option("--owner-object-id"));
        return {};
      default:
        return { code: 2, stderr: `The stand-in does not know: az ${args.join(" ")}` };
    }
  }
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token that only the stand-in takes. */
const tokenOf = (oid: string) =>
  `${part({ alg: "none" })}.${part({ oid, exp: Math.floor(Date.now() / 1000) + 3600 })}.x`;

function callerOf(header = ""): string | undefined {
  const [, claims] = header.replace(/^Bearer /, "").split(".");
  return claims && JSON.parse(Buffer.from(claims, "base64url").toString()).oid;
}
