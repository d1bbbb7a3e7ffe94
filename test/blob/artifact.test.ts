import { describe, expect, it } from "vitest";
import { artifactIn, artifactInDestination } from "../../shared/artifacts/artifact.ts";
import { parseConfig } from "../../shared/platform/config.ts";

const config = parseConfig({ MLFLOW_ARTIFACTS_DESTINATION: "wasbs://mlflow@team.blob.core.windows.net/a" });
const place = { account: "team", suffix: "core.windows.net", container: "mlflow" };
const run = "0123456789abcdef0123456789abcdef";

describe("artifactIn", () => {
  it("finds the blob below a proxied location, and shows its path below the destination", () => {
    const uri = `mlflow-artifacts:/1/${run}/artifacts`;
    expect(artifactIn({ uri }, "model/MLmodel", config)).toEqual({
      root: { ...place, prefix: `a/1/${run}/artifacts` },
      name: `a/1/${run}/artifacts/model/MLmodel`,
      shown: `1/${run}/artifacts/model/MLmodel`,
      run,
    });
  });

  it("shows the path below a location on Azure, and keeps the owner that the location has", () => {
    const uri = "abfss://mlflow@team.dfs.core.windows.net/a/elsewhere";
    expect(artifactIn({ uri, model: "m-1" }, "x", config)).toMatchObject({
      name: "a/elsewhere/x",
      shown: "x",
      model: "m-1",
    });
  });

  it.each([
    ["wasbs://mlflow@team.blob.core.windows.net/b", /outside the allowed ones/],
    ["s3://bucket/a", /of a kind this server does not serve/],
    ["mlflow-artifacts:/1/../2", /a path that leaves itself/],
  ])("refuses %s", (uri, message) => {
    expect(() => artifactIn({ uri }, "x", config)).toThrow(message);
  });
});

describe("artifactInDestination", () => {
  it("reads the owner from the name", () => {
    expect(artifactInDestination(`1/${run}/artifacts/x`, config)).toMatchObject({ run, shown: `1/${run}/artifacts/x` });
    const model = `m-${run}`;
    expect(artifactInDestination(`1/models/${model}/artifacts/x`, config)).toMatchObject({ model });
    expect(artifactInDestination("other/x", config)).not.toHaveProperty("run");
  });
});
