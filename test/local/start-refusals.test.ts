import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { freePort } from "../../shared/tools/processes.ts";
import { dataDir, instanceOf, refused, servicesOf, start, stop } from "./starts.ts";

describe("npm start says in one sentence", () => {
  it("what its options are", async () => {
    const { code, output } = await refused(["--help"]);
    expect(code).toBe(0);
    for (const option of ["--port", "--host", "--data-dir", "--fresh"]) expect(output).toContain(option);
  });

  it.each([
    [["--zork"], "Unknown option '--zork'"],
    [["--port", "zork"], "--port takes a number from 1 to 65535, not 'zork'."],
  ])("that it does not take %j", async (args, sentence) => {
    const { code, output } = await refused(args);
    expect(code).toBe(2);
    expect(output).toContain(sentence);
    expect(output.split("\n")).toHaveLength(1);
  });

  it("which setting is wrong, without its value", async () => {
    const { code, output } = await refused([], { MLFLOW_BACKEND_STORE_URI: "postgresql://u:secret@h:54x/db" });
    expect(code).toBe(1);
    expect(output).toMatch(/^Settings are wrong: MLFLOW_BACKEND_STORE_URI has a port that is no number.*\.$/);
    expect(output).not.toContain("secret");
  });

  it("that a port is taken", async () => {
    const taken = createServer();
    const port = await new Promise<number>((done) =>
      taken.listen(0, "127.0.0.1", () => done((taken.address() as { port: number }).port)),
    );
    const env = { MLFLOW_BACKEND_STORE_URI: inject("postgres"), AZURE_STORAGE_CONNECTION_STRING: inject("storage") };
    const { code, output } = await refused(["--port", String(port)], env);
    taken.close();
    expect({ code, output }).toEqual({
      code: 1,
      output: `Port ${port} on 127.0.0.1 is taken: choose another with --port.`,
    });
  });

  it("that a directory is somebody else's, or damaged", async () => {
    const foreign = dataDir("foreign");
    await mkdir(foreign);
    await writeFile(join(foreign, "thesis.txt"), "mine");
    expect(await refused(["--data-dir", foreign])).toEqual({
      code: 1,
      output: `${foreign} holds files that are not this app's (thesis.txt): choose another --data-dir.`,
    });
    const damaged = dataDir("damaged");
    await mkdir(damaged);
    for (const text of ["{", "null", '{"madeBy": "mlflow-functions"}']) {
      await writeFile(join(damaged, "instance.json"), text);
      expect((await refused(["--data-dir", damaged])).output).toContain("is damaged: start with --fresh");
    }
    const file = dataDir("file");
    await writeFile(file, "");
    expect((await refused(["--data-dir", file])).output).toContain(`The data directory ${file} can't be used`);
  });

  it("that a database was made by another PostgreSQL", async () => {
    const directory = dataDir("older");
    await stop(await start(["--data-dir", directory]));
    const { postgresHome } = await instanceOf(directory);
    await writeFile(join(postgresHome, "postgres", "PG_VERSION"), "16\n");
    const { code, output } = await refused(["--data-dir", directory, "--port", String(await freePort("127.0.0.1"))]);
    expect(code).toBe(1);
    expect(output).toMatch(/^.* was made by PostgreSQL 16, and this is 18: choose another --data-dir\.$/);
    expect(await servicesOf(directory)).toEqual([]);
  }, 60_000);

  it("that an address is not this machine's", async () => {
    const { code, output } = await refused(["--host", "192.0.2.1", "--data-dir", dataDir("nowhere")]);
    expect({ code, output }).toEqual({ code: 1, output: "192.0.2.1 is not an address of this machine." });
  });

  it("that local.settings.json can't be read", async () => {
    const project = dataDir("project");
    await mkdir(project);
    await writeFile(join(project, "local.settings.json"), "{ Values: }");
    const broken = await refused([], {}, { cwd: project });
    expect(broken.code).toBe(1);
    expect(broken.output).toMatch(/^local\.settings\.json is no JSON: .*$/);
    await writeFile(join(project, "local.settings.json"), '{"IsEncrypted": true}');
    expect((await refused([], {}, { cwd: project })).output).toContain("local.settings.json is encrypted");
  });
});
