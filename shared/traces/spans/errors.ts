import { MlflowError } from "../../platform/errors.ts";
import { traceErrors } from "../errors.ts";

/** What is refused about spans, in MLflow's words. */
export const spanErrors = {
  otherExperiment: traceErrors.inAnotherExperiment,

  /** @param places of the spans, by trace */
  notInDatabase(places: Record<string, string>) {
    const archived = Object.keys(places).filter((id) => places[id] === "ARCHIVE_REPO");
    const others = Object.keys(places).filter((id) => places[id] !== "ARCHIVE_REPO");
    const list = (ids: string[]) => ids.map((id) => `'${id}'`).join(", ");
    if (others.length === 0)
      return new MlflowError("INVALID_STATE", `Cannot log spans to archived traces: ${list(archived)}.`);
    const groups = [...(archived.length > 0 ? [`archived=${list(archived)}`] : []), `other=${list(others)}`];
    return new MlflowError(
      "INVALID_STATE",
      `Cannot log spans because one or more traces are unavailable for DB-backed span writes: ${groups.join("; ")}`,
    );
  },
};
