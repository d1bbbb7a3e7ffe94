/** Reads a folder `mlruns` as MLflow's file stores of tracking and registry wrote it. */
import { join, resolve } from "node:path";
import { Refusal } from "../../../shared/tools/refusal.ts";
import { isOnDisk, type LocalArtifacts, localArtifacts } from "../local-artifacts.ts";
import type { Place, Rows, Source, SourceExperiment } from "../source.ts";
import type { Kind, Row } from "../tables.ts";
import { loggedModelRows, registeredModelRows } from "./models.ts";
import { datasetId, type ExperimentFolder, runRows } from "./runs.ts";
import { traceRows } from "./traces.ts";
import { fieldOf, type Meta, Tree, textOf } from "./tree.ts";

const trash = ".trash";
/** Folders of an experiment that are no runs. */
const reserved = new Set(["tags", "datasets", "traces", "models", trash]);

interface Found extends ExperimentFolder {
  meta: Meta;
  isDeleted: boolean;
}

/**
 * @param path the folder, or one that has it as `mlruns`
 * @param folders further folders with artifacts
 * @throws Refusal for one without experiments and models
 */
export async function openFolder(path: string, folders: readonly string[]): Promise<Source> {
  const inside = join(path, "mlruns");
  const root = new Tree(path).isFolder("mlruns") ? inside : path;
  const tree = new Tree(root);
  if (!tree.folders().some((name) => /^\d+$/.test(name) || name === trash || name === "models"))
    throw new Refusal(`${path} is no folder of MLflow's: it has no experiments and no models.`);
  return new FolderSource(root, tree, await localArtifacts([resolve(root, "..")], [root, ...folders]));
}

class FolderSource implements Source {
  readonly description: string;
  readonly reaches = isOnDisk;
  private readonly tree: Tree;
  private readonly artifacts: LocalArtifacts;
  private readonly found: Map<string, Found>;

  constructor(root: string, tree: Tree, artifacts: LocalArtifacts) {
    this.description = `${root} (files)`;
    this.tree = tree;
    this.artifacts = artifacts;
    const all = [...experimentsIn(tree, []), ...experimentsIn(tree, [trash])];
    all.sort((one, other) => Number(fieldOf(one.meta, "creation_time")) - Number(fieldOf(other.meta, "creation_time")));
    this.found = new Map(all.map((one) => [one.id, one]));
  }

  async experiments(): Promise<SourceExperiment[]> {
    return [...this.found.values()].map(({ id, meta }) => ({ id, name: nameOf(meta, id) }));
  }

  async ids(kind: Kind, experiment: string): Promise<string[]> {
    const { path } = this.found.get(experiment)!;
    if (kind === "runs")
      return this.tree.folders(...path).filter((name) => !reserved.has(name) && this.has(...path, name, "meta.yaml"));
    if (kind === "logged_models") return this.idsIn([...path, "models"], "meta.yaml");
    return kind === "traces" ? this.idsIn([...path, "traces"], "trace_info.yaml") : [];
  }

  rows(kind: Kind, experiment: string, ids: readonly string[]): Iterable<Rows> {
    if (kind === "registered_models") return registeredModelRows(this.tree, ids[0]!);
    const found = this.found.get(experiment)!;
    if (kind === "experiments") return this.experimentRows(found);
    if (kind === "runs") return runRows(this.tree, found, ids);
    return kind === "traces" ? traceRows(this.tree, found, ids) : loggedModelRows(this.tree, found, ids);
  }

  async models(): Promise<string[]> {
    const names = this.tree.folders("models").flatMap((name) => {
      const meta = this.tree.meta("models", name, "meta.yaml");
      return meta ? [{ name, created: Number(fieldOf(meta, "creation_timestamp")) }] : [];
    });
    return names.sort((one, other) => one.created - other.created).map(({ name }) => name);
  }

  /** Of what is in the trash, the location is the one from before. */
  files(place: Place) {
    const found = this.found.get(place.experiment);
    if (!found?.isDeleted) return this.artifacts.files(place);
    const uri = place.uri.replace(`/${found.id}/`, `/${trash}/${found.id}/`);
    return this.artifacts.files({ ...place, uri });
  }

  async left(): Promise<string[]> {
    return [...new Set([...this.tree.left, ...this.artifacts.left()])];
  }

  close(): void {}

  private idsIn(path: string[], file: string): string[] {
    return this.tree.folders(...path).filter((name) => this.has(...path, name, file));
  }

  /** Notes a folder that has no file of metadata, or one that can't be read. */
  private has(...path: string[]): boolean {
    return this.tree.meta(...path) !== undefined;
  }

  private *experimentRows({ id, path, meta, isDeleted }: Found): Iterable<Rows> {
    const experiment: Row = {
      experiment_id: id,
      name: nameOf(meta, id),
      artifact_location: textOf(meta, "artifact_location"),
      lifecycle_stage: isDeleted ? "deleted" : (textOf(meta, "lifecycle_stage") ?? "active"),
      creation_time: fieldOf(meta, "creation_time"),
      last_update_time: fieldOf(meta, "last_update_time"),
      workspace: "default",
    };
    yield { table: "experiments", rows: [experiment] };
    const tags = this.tree.texts(...path, "tags");
    yield { table: "experiment_tags", rows: tags.map(([key, value]) => ({ key, value, experiment_id: id })) };
    yield { table: "datasets", rows: this.datasetRows(id, path) };
  }

  private datasetRows(experiment: string, path: readonly string[]): Row[] {
    return this.tree.folders(...path, "datasets").flatMap((folder) => {
      const meta = this.tree.meta(...path, "datasets", folder, "meta.yaml");
      if (!meta) return [];
      return [
        {
          dataset_uuid: datasetId(experiment, folder),
          experiment_id: experiment,
          name: textOf(meta, "name") ?? "",
          digest: textOf(meta, "digest") ?? "",
          dataset_source_type: textOf(meta, "source_type") ?? "",
          dataset_source: textOf(meta, "source") ?? "",
          dataset_schema: textOf(meta, "schema"),
          dataset_profile: textOf(meta, "profile"),
        },
      ];
    });
  }
}

function experimentsIn(tree: Tree, path: string[]): Found[] {
  return tree.folders(...path).flatMap((id) => {
    if (!/^\d+$/.test(id)) return [];
    const meta = tree.meta(...path, id, "meta.yaml");
    return meta ? [{ id, path: [...path, id], meta, isDeleted: path.length > 0 }] : [];
  });
}

const nameOf = (meta: Meta, id: string) => textOf(meta, "name") ?? `experiment_${id}`;
