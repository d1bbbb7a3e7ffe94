import type { ContainerClient } from "@azure/storage-blob";
import type { Config } from "../config.ts";
import { onceFor } from "../once.ts";
import type { Timings } from "../telemetry/timings.ts";
import { openAccount } from "./account.ts";
import type { ArtifactRoot } from "./address.ts";
import { StorageLimits } from "./limits.ts";
import { inMlflowErrors, isRefusal } from "./storage-errors.ts";

/** Blob Storage as one context uses it: its accounts, and its operations within limits. */
export class BlobStorage {
  private readonly config: Config;
  private readonly limits = new StorageLimits();
  private timings: Timings | undefined;

  constructor(config: Config) {
    this.config = config;
  }

  /** The same storage, which adds what a request waits for it to the request's timings. */
  timedBy(timings: Timings): BlobStorage {
    const timed: BlobStorage = Object.create(this);
    timed.timings = timings;
    return timed;
  }

  /**
   * The account of a root, made at first use.
   * @throws MlflowError as openAccount
   */
  readonly account = onceFor(
    (root: ArtifactRoot) => openAccount(root, this.config, this.limits),
    ({ account, suffix }) => `${account}.${suffix}`,
  );

  /** The client of a root's container. */
  async container(root: ArtifactRoot): Promise<ContainerClient> {
    const { service } = await this.account(root);
    return service.getContainerClient(root.container);
  }

  /**
   * Creates a root's container where it is missing, once. A role that may not create containers is enough for one that
   * is there. A refusal is not remembered.
   * @throws MlflowError as `run`, also where only the clients' uploads would be refused
   */
  ensureContainer(root: ArtifactRoot): Promise<void> {
    return this.timed("ensure container", () => this.ensured(root));
  }

  private readonly ensured = onceFor(
    (root: ArtifactRoot) =>
      this.run(root, async (abortSignal) => {
        const container = await this.container(root);
        try {
          await container.createIfNotExists({ abortSignal });
        } catch (error) {
          if (!isRefusal(error)) throw error;
          await readContainer(container, abortSignal);
        }
      }),
    ({ account, container }) => `${account}/${container}`,
  );

  /**
   * Runs one operation on a root within the limits of `StorageLimits`, and puts Azure Storage's failures into MLflow
   * errors. Storage that is away or busy is a 429, which every client repeats: each of our operations on blobs can be
   * repeated. It says no time to wait, since clients take a `Retry-After` literally and give up sooner with a small
   * one.
   * @param bytes of the content that is sent or read
   */
  run<T>(root: ArtifactRoot, work: (signal: AbortSignal) => Promise<T>, bytes = 0): Promise<T> {
    return this.timed("call", () => inMlflowErrors(root, () => this.limits.run(work, bytes, this.timings?.retrying)));
  }

  /** Runs `work` that signs, and may have to fetch a key for it. Signing takes no turn. */
  sign<T>(root: ArtifactRoot, work: () => Promise<T>): Promise<T> {
    return this.timed("sign", () => inMlflowErrors(root, work));
  }

  private timed<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.timings ? this.timings.during("blob", name, work) : work();
  }

  /** Whether storage was late in the last half minute, or a request has waited for it for more than a second. */
  isSlow(): boolean {
    return this.limits.isSlow();
  }
}

/** Lists one blob: whether a container is there and may be used. */
export async function readContainer(container: ContainerClient, abortSignal: AbortSignal): Promise<void> {
  await container.listBlobsFlat({ abortSignal }).byPage({ maxPageSize: 1 }).next();
}
