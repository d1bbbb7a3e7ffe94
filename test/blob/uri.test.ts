import { describe, expect, it } from "vitest";
import { refuseHostAddressed, splitUri } from "../../shared/artifacts/uri.ts";

describe("splitUri", () => {
  // What urllib.parse.urlparse answers: scheme, netloc, path.
  it.each([
    ["runs:/abc/model?x=1#y", "runs", "", "/abc/model"],
    ["RUNS://Host/abc", "runs", "Host", "/abc"],
    ["wasbs://c@a.blob.core.windows.net/x", "wasbs", "c@a.blob.core.windows.net", "/x"],
    [" \tmlflow-artifacts:/a\nb", "mlflow-artifacts", "", "/ab"],
    ["mlflow-artifacts://?x", "mlflow-artifacts", "", ""],
    ["/tmp/x:y", "", "", "/tmp/x:y"],
    ["file:x", "file", "", "x"],
    ["", "", "", ""],
  ])("splits %j", (uri, scheme, authority, path) => {
    expect(splitUri(uri)).toEqual({ scheme, authority, path });
  });
});

describe("refuseHostAddressed", () => {
  it.each(["ftp://h/x", "HTTP:x", " b2://k@h/x", "mlflow-artifacts://h/x", "mlflow-artifacts:\t//h"])(
    "refuses %j",
    (uri) => {
      expect(() => refuseHostAddressed(uri, "source")).toThrow(/^'source' cannot use the '[a-z0-9-]+' scheme/);
    },
  );

  it.each(["mlflow-artifacts:/x", "mlflow-artifacts:///x", "s3://bucket/x", "/tmp/http:x", "file:///x"])(
    "lets %j pass",
    (uri) => {
      expect(() => refuseHostAddressed(uri, "source")).not.toThrow();
    },
  );
});
