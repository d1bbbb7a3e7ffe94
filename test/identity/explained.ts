/** Where this app decides otherwise than stock does, on purpose. */
import type { Difference } from "./judge.ts";
import { kindOf } from "./scenario/callers.ts";

interface Explanation {
  why: string;
  applies(difference: Difference): boolean;
}

const isAt = ({ example }: Difference, ...paths: string[]) => paths.some((path) => example.at.includes(path));

const forPage = ["/datasets/search", "/issues/search", "/scorers/list"];

const ofPlace = ({ example }: Difference) => example.of?.includes("with a place of its own") ?? false;

export const explained: Explanation[] = [
  {
    why: "What may not be read is answered like what is absent.",
    applies: ({ stock, ours }) => stock === "refused" && ours === "absent",
  },
  {
    why: "An id that is not there is answered as such to whoever may read by default.",
    applies: ({ example, stock, ours }) => example.absent === true && stock === "refused" && ours === "as admin",
  },
  {
    why: "Whoever may ask by GET may ask by HEAD.",
    applies: ({ example, stock, ours }) =>
      example.at.startsWith("HEAD ") && stock === "refused" && (ours === "as admin" || ours === "absent"),
  },
  {
    why: "The list of what lies in the destination names all experiments: it is for those who may read all.",
    applies: ({ example, caller, ours }) =>
      example.owner === "nobody" && ours === (caller === "workspace manager" ? "as admin" : "refused"),
  },
  {
    why: "Nothing is ever in these answers, so there is nothing to refuse.",
    applies: (difference) =>
      isAt(difference, ...forPage) && difference.stock === "refused" && difference.ours === "as admin",
  },
  {
    why: "A batch of traces shows those that may be read, and so none where traces are denied.",
    applies: ({ example, stock, ours }) =>
      example.at.includes("/traces/batchGet") && stock === "refused" && ["sees nothing", "as admin"].includes(ours),
  },
  {
    why: "A search of traces shows those that may be read, as other searches do. Stock refuses a search of what may not.",
    applies: (difference) =>
      isAt(
        difference,
        "POST /api/3.0/mlflow/traces/search",
        "POST /api/3.0/mlflow/traces/metrics",
        "POST /api/3.0/mlflow/traces/calculate-filter-correlation",
        "GET /api/2.0/mlflow/traces",
      ) &&
      !difference.example.at.includes("/:") &&
      difference.stock === "refused" &&
      ["sees nothing", "sees own", "sees other", "as admin"].includes(difference.ours),
  },
  {
    why: "Datasets are inputs of runs: where runs are denied, none is shown.",
    applies: ({ example, stock, ours }) =>
      example.of === "datasets" && stock.startsWith("sees") && ours === "sees nothing",
  },
  {
    why: "Whether a version is a prompt's is decided by its model. In searches stock goes by a tag of the version.",
    applies: (difference) =>
      (isAt(difference, "/model-versions/search") || difference.example.of === "model versions") &&
      difference.stock === "sees own, other",
  },
  {
    why: "An artifact's experiment decides, wherever its root lies. Stock goes by how the path is spelt.",
    applies: (difference) => ofPlace(difference) && kindOf(difference.caller).signIn === "user",
  },
  {
    why: "A role and who has what are shown to whom they concern. Stock shows all roles of a workspace to all in it.",
    applies: (difference) =>
      isAt(difference, "/roles/get", "/roles/permissions/list", "/roles/list") &&
      ["refused", "sees nothing", "sees own", "sees other"].includes(difference.ours),
  },
  {
    why: "A Bearer token is no sign-in here. Stock answers 500 to it while it remembers passwords.",
    applies: ({ example, ours }) => example.of === "with a Bearer token" && ours === "unknown caller",
  },
];
