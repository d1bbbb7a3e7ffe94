import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { contentType } from "../../shared/artifacts/content.ts";
import { readAs } from "../../shared/artifacts/names.ts";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { type App, startApp } from "../support/app.ts";
import { aDestination } from "../support/artifacts.ts";
import { type MlflowVersion, venv } from "./venv.ts";

let app: App;
beforeAll(async () => {
  app = await startApp(aDestination());
});
afterAll(() => app.close());

async function python(version: MlflowVersion, args: string[], env: Record<string, string> = {}) {
  const { stdout } = await promisify(execFile)(join(await venv(version), "bin/python"), args, {
    env: {
      ...process.env,
      MLFLOW_TRACKING_URI: app.url,
      MLFLOW_DISABLE_TELEMETRY: "true",
      DO_NOT_TRACK: "true",
      GIT_PYTHON_REFRESH: "quiet",
      ...env,
    },
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

const kept = [
  "%41",
  "p%q",
  "p%25q",
  "a%20b.txt",
  "100% sure.txt",
  "dogs%step%41%timestamp%1712345678901%zabc.png",
  "a&b=c+d;e.txt",
  "a b.txt",
  "ends in a space ",
  "ü 日本 😀.txt",
  "e\u0301.txt",
  '"quoted".txt',
  "it's.txt",
  "[x]{y}<z>|^~!(1),@$*`.txt",
  "a:b.txt",
  ".hidden",
  "n".repeat(255),
];

/** Each with what the refusal says. */
const refused: Record<string, RegExp> = {
  "w?y.txt": /has '\?'/,
  "a\\b.txt": /has '\\\\'/,
  "a\tb": /has a tab/,
  "a\rb": /has a carriage return/,
  "a\nb": /has a line feed/,
  "a\u0001b": /has U\+0001/,
  "a.": /has '\.' at its end/,
  "a;": /has ';' at its end/,
  " a": /has a space at its start/,
  "Foo:bar": /has a capital letter/,
  "h%23x.txt": /has '#'/,
};

const direct = { MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: "1", MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: "true" };
const clients: [version: MlflowVersion, way: string, env: Record<string, string>][] = [
  [mlflowVersion, "by SAS", {}],
  ["3.17.2", "through the app", {}],
  ["3.17.2", "by SAS", direct],
  ["2.22.5", "through the app", {}],
  ["2.22.5", "by SAS", direct],
];

it.each(clients)(
  "%s, uploading %s, reads back each name it uploads, or is told why not",
  async (version, way, env) => {
    const found = await python(
      version,
      [resolve("test/acceptance/names.py"), JSON.stringify([...kept, ...Object.keys(refused), "h#x.txt"])],
      env,
    );
    await mkdir("test/output", { recursive: true });
    await writeFile(`test/output/names-${version}-${way.replaceAll(" ", "-")}.json`, JSON.stringify(found, null, 2));
    expect(found.version).toBe(version);
    for (const name of kept) {
      const [folder, called] = [name.includes("'") ? "d" : name, readAs(name)];
      expect(found.names[name]).toEqual({
        file: null,
        folder: null,
        listed: [[`file/${called}`], [`${folder}/x.txt`]],
        one: [name, name],
        one_folder: { "x.txt": name },
        whole: { [`file/${called}`]: name, [`${readAs(folder)}/x.txt`]: name },
      });
    }
    for (const [name, reason] of Object.entries(refused)) {
      const { file, folder, listed } = found.names[name];
      for (const said of [file, folder]) expect(said).toMatch(reason);
      expect(listed).toEqual([]);
    }
    // What comes after '#' clients put into no URL, so that through the app the file arrives as 'h'.
    if (way === "by SAS") expect(found.names["h#x.txt"].file).toMatch(/has '#'/);
    expect(found.dots).toEqual({
      whole: { "file.txt": "1", "d/file.txt": "2" },
      folder: { "file.txt": "2" },
      uri: "1",
      above: expect.stringMatching(/Invalid path/),
    });
  },
  600_000,
);

it("the types of files are those that stock guesses, by Python's own table", async () => {
  const script = `
import json, mimetypes
mimetypes.knownfiles.clear()
mimetypes.init()
from mlflow.utils.mime_type_utils import _guess_mime_type, get_text_extensions
endings = [*mimetypes.types_map, *mimetypes.suffix_map]
names = [f"a{ending}{more}" for ending in mimetypes.types_map for more in ("", ".gz", ".Z", ".br")]
names += [f"a{ending}" for ending in endings] + [f"a{ending}".upper() for ending in endings] + [f"a.{ending}" for ending in get_text_extensions()]
names += ["MLmodel", "MLproject", "mlproject", "model.pkl", "a", "a.", ".png", ".x.png", "a.gz", "a.unknown", "x.MLmodel", "txt", "..txt"]
print(json.dumps({name: _guess_mime_type(name) for name in names}))`;
  const guessed: Record<string, string> = await python(mlflowVersion, ["-c", script]);
  expect(Object.keys(guessed).length).toBeGreaterThan(700);
  const ours = await Promise.all(Object.keys(guessed).map(async (name) => [name, await contentType(name)]));
  expect(Object.fromEntries(ours)).toEqual(guessed);
});
