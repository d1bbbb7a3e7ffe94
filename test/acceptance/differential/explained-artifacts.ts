import type { Explained } from "./explained.ts";

const refusal = ["status", "body*"] as const;

/** Those of the routes of artifacts. */
export const explainedArtifacts: readonly Explained[] = [
  {
    requests: [
      /^mlflow-artifacts: create (a small upload|of several parts|of "2" parts)$/,
      /^mlflow-artifacts: create (without parts|of (0|-1|1\.5|50001) parts)$/,
      /^mlflow-artifacts: complete (of an unknown upload|of no parts|with bad parts)$/,
      /^mlflow-artifacts: abort (of an unknown upload|without upload id)$/,
      /^mlflow-artifacts: presigned( of a missing file)?$/,
    ],
    differs: refusal,
    reason: "The stock server under comparison keeps its artifacts in a folder, which has no direct transfers (501).",
  },
  {
    requests: [/^mlflow-artifacts: (upload as|download) (hash\/a%23b|odd\/(a%3Fb|a%2Fb|a\/b))\.txt$/],
    differs: ["status", "content-type", "body*"],
    reason:
      "A name that MLflow's clients can't read back is refused when it is uploaded, with the character and the reason; what lies there " +
      "already is served. Stock refuses '#' in both, and stores the others, an encoded slash as a separator.",
  },
  {
    requests: ["mlflow-artifacts: download dir/%20../x"],
    differs: refusal,
    reason: "Azure may take a name that ends in a dot for the one without it, so nothing is read by such a name.",
  },
  {
    requests: [/^mlflow-artifacts: download (%ff|\.\.%c0%afx)$/],
    differs: ["body.message"],
    reason: "The Functions host leaves what is no UTF-8 encoded.",
  },
  {
    requests: [
      /^mlflow-artifacts: (create|complete|abort|presigned) above the root(, encoded)?$/,
      /^mlflow-artifacts: (download|upload to|delete) (\.\.(\/x)?|%2e%2e\/x|dir\/\.\.\/\.\.(\/x)?|dir\/\.\.\/top\.txt)$/,
    ],
    differs: ["status", "content-type", "body*"],
    reason:
      "The Functions host resolves dot segments before the app is asked. What leads out of the route is not found; what stays " +
      "inside is another name of an artifact in the same root.",
  },
  {
    requests: ["mlflow-artifacts: download a folder"],
    differs: refusal,
    reason: "Blob storage has no folders, so there is no such artifact. The 400 is of stock's local folder.",
  },
  {
    requests: [
      "artifacts: list ..\\x",
      "mlflow-artifacts: list ..\\x",
      "mlflow-artifacts: list a\0b",
      /^mlflow-artifacts: (download|upload to) \.\.%5cx$/,
      /^mlflow-artifacts: download (dir\/%00|dir%5c\.\.%5c\.\.%5cx|dir\/\.\.%00\/x)$/,
    ],
    differs: ["status", "content-type", "body*"],
    reason:
      "Path traversal is refused in every spelling, that of Windows included, and so is NUL; stock takes these for names.",
  },
  {
    requests: ["mlflow-artifacts: list at a path with a slash"],
    differs: refusal,
    reason: "With a slash the route is that of a single artifact, which has no name here.",
  },
  {
    requests: ["mlflow-artifacts: delete the root", "mlflow-artifacts: delete /etc/x"],
    differs: ["status", "content-type", "body*"],
    reason: "The root can't be deleted: its route takes GET only. A path with an empty segment never reaches the app.",
  },
];
