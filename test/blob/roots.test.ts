import { describe, expect, it } from "vitest";
import {
  allowedRoots,
  artifactsDestination,
  blobAt,
  checkStoredLocation,
  parseAzureUri,
  resolveRoot,
} from "../../shared/artifacts/roots.ts";
import { parseConfig } from "../../shared/platform/config.ts";

const account = { account: "team", suffix: "core.windows.net" };
const settings = (more: Record<string, string> = {}) =>
  parseConfig({ MLFLOW_ARTIFACTS_DESTINATION: "wasbs://mlflow@team.blob.core.windows.net/a/b", ...more });

describe("parseAzureUri", () => {
  it.each([
    ["wasbs://runs@team.blob.core.windows.net/x/y", { ...account, container: "runs", prefix: "x/y" }],
    ["wasb://runs@team.blob.core.windows.net", { ...account, container: "runs", prefix: "" }],
    ["abfss://runs@team.dfs.core.windows.net/x//y/", { ...account, container: "runs", prefix: "x/y" }],
    ["WASBS://runs@TEAM.BLOB.core.windows.net/X", { ...account, container: "runs", prefix: "X" }],
    [
      "wasbs://runs@team.blob.core.chinacloudapi.cn/x",
      { account: "team", suffix: "core.chinacloudapi.cn", container: "runs", prefix: "x" },
    ],
  ])("parses %s", (uri, root) => {
    expect(parseAzureUri(uri)).toEqual(root);
  });

  it.each([
    "wasbs://runs@team.blob.core.windows.net.evil.com/x",
    "wasbs://runs@team.evil.com/x",
    "wasbs://runs@evil.com@team.blob.core.windows.net/x",
    "wasbs://runs@team.blob.core.windows.net@evil.com/x",
    "wasbs://runs@team.blob.core.windows.net:443/x",
    "wasbs://runs@evil.com#.team.blob.core.windows.net/x",
    "wasbs://team.blob.core.windows.net/x",
    "wasbs://c/d@team.blob.core.windows.net/x",
    "wasbs://runs@127.0.0.1/x",
    "wasbs://runs@team.blob.core.windows.net/x/../y",
    "wasbs://runs@team.blob.core.windows.net/x/%2e%2e/y",
    "wasbs://runs@team.blob.core.windows.net/x/%252e%252e/y",
    "wasbs://runs@team.blob.core.windows.net/x%2f..%2fy",
    "wasbs://runs@team.blob.core.windows.net/x\\..\\y",
    "wasbs://r1@team.blob.core.windows.net/x",
    "https://team.blob.core.windows.net/runs/x",
  ])("refuses %s, and says which", (uri) => {
    expect(() => parseAzureUri(uri)).toThrow(expect.objectContaining({ message: expect.stringContaining(uri) }));
  });
});

describe("artifactsDestination", () => {
  it("is the container mlflow of the connection string's account by default", () => {
    const config = parseConfig({ AZURE_STORAGE_CONNECTION_STRING: "AccountName=team;AccountKey=a2V5" });
    expect(artifactsDestination(config)).toEqual({ ...account, container: "mlflow", prefix: "" });
  });

  it("names the setting that is missing or wrong", () => {
    expect(() => artifactsDestination(parseConfig({}))).toThrow(/MLFLOW_ARTIFACTS_DESTINATION is not set/);
    const wrong = parseConfig({ MLFLOW_ARTIFACTS_DESTINATION: "s3://bucket" });
    expect(() => artifactsDestination(wrong)).toThrow(/MLFLOW_ARTIFACTS_DESTINATION is wrong.*s3:\/\/bucket/);
  });
});

describe("resolveRoot", () => {
  it.each([
    ["mlflow-artifacts:/1/run/artifacts", "a/b/1/run/artifacts"],
    ["mlflow-artifacts:/", "a/b"],
    ["mlflow-artifacts://host:5000/1/run", "a/b/1/run"],
    ["http://host:5000/api/2.0/mlflow-artifacts/artifacts/1/run", "a/b/1/run"],
    ["wasbs://mlflow@team.blob.core.windows.net/a/b", "a/b"],
    ["abfss://mlflow@team.dfs.core.windows.net/a/b/c", "a/b/c"],
  ])("maps %s", (uri, prefix) => {
    expect(resolveRoot(uri, settings())).toEqual({ ...account, container: "mlflow", prefix });
  });

  it("allows the default root and MLFLOW_FUNCTIONS_ARTIFACT_ROOTS too", () => {
    const config = settings({
      MLFLOW_DEFAULT_ARTIFACT_ROOT: "wasbs://runs@team.blob.core.windows.net/",
      MLFLOW_FUNCTIONS_ARTIFACT_ROOTS:
        "abfss://old@lake.dfs.core.windows.net/ml, wasbs://more@team.blob.core.windows.net",
    });
    expect(allowedRoots(config)).toHaveLength(4);
    expect(resolveRoot("wasbs://runs@team.blob.core.windows.net/1/x", config).prefix).toBe("1/x");
    expect(resolveRoot("wasbs://old@lake.blob.core.windows.net/ml/1", config).account).toBe("lake");
  });

  it.each([
    "wasbs://mlflow@team.blob.core.windows.net/a/bc",
    "wasbs://mlflow@team.blob.core.windows.net/a",
    "wasbs://mlflow@team.blob.core.windows.net/",
    "wasbs://mlflow@team.blob.core.windows.net",
    "wasbs://other@team.blob.core.windows.net/a/b",
    "wasbs://mlflow@other.blob.core.windows.net/a/b",
    "wasbs://mlflow@team.blob.core.usgovcloudapi.net/a/b",
  ])("refuses %s, naming it and the setting", (uri) => {
    const error = { code: "PERMISSION_DENIED", message: expect.stringMatching(/MLFLOW_FUNCTIONS_ARTIFACT_ROOTS/) };
    expect(() => resolveRoot(uri, settings())).toThrow(expect.objectContaining(error));
    expect(() => resolveRoot(uri, settings())).toThrow(
      expect.objectContaining({ message: expect.stringContaining(uri) }),
    );
    expect(() => checkStoredLocation(uri, settings())).toThrow();
  });

  it.each(["s3://bucket/x", "file:///x", "/x", "./mlruns", "", "dbfs:/x"])("does not serve %s", (uri) => {
    expect(() => resolveRoot(uri, settings())).toThrow(
      /of a kind this server does not serve.*MLFLOW_ARTIFACTS_DESTINATION/,
    );
    expect(() => checkStoredLocation(uri, settings())).not.toThrow();
  });

  it.each([
    "mlflow-artifacts:/../x",
    "mlflow-artifacts:/a/%2e%2e/x",
    "mlflow-artifacts:/a\\..\\x",
    "mlflow-artifacts:/a%5c..%5cx",
  ])("refuses %s", (uri) => {
    expect(() => resolveRoot(uri, settings())).toThrow(/leaves itself/);
  });
});

describe("blobAt", () => {
  it("puts the path below the root", () => {
    expect(blobAt({ ...account, container: "runs", prefix: "" }, "x/y").name).toBe("x/y");
    expect(blobAt({ ...account, container: "runs", prefix: "p" }, "x/y").name).toBe("p/x/y");
  });
});
