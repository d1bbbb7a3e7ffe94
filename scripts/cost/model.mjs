/** What a month costs, by line: this app, and a container that is always on. */

const giga = 1e9;

const beyond = (amount, free) => Math.max(0, amount - free);

/** Requests, storage operations and bytes of a load, from what one run, read and visit were measured to use. */
function usage({ runs, reads, visits }, measured, { artifactMbOfRun }) {
  const kinds = [
    [runs, measured.run],
    [reads, measured.read],
    [visits, measured.visit],
  ];
  const sum = (of) => kinds.reduce((total, [count, used]) => total + count * (of(used) ?? 0), 0);
  return {
    requests: sum(({ requests }) => requests),
    writes: sum(({ storage }) => storage.write),
    blobReads: sum(({ storage }) => storage.read),
    others: sum(({ storage }) => storage.other),
    tableOperations: sum(({ storage }) => storage.table),
    databaseBytes: runs * measured.run.databaseBytes,
    artifactBytes: runs * artifactMbOfRun * 1e6,
    // What leaves Azure: answers, and the models that are read.
    egressBytes: sum(({ answerBytes }) => answerBytes) + reads * artifactMbOfRun * 1e6,
  };
}

/**
 * How long instances are active, in seconds of the month. Each time one begins to work counts as a second at least,
 * during which further requests cost nothing more; requests come at random within the hours of work.
 */
function activeSeconds(requests, { hours }, { leastSecondsActive }, { requestsPerSecondOfInstance, peakToMean }) {
  const seconds = hours * 3600;
  const rate = requests / seconds;
  const instances = Math.max(1, Math.ceil((rate * peakToMean) / requestsPerSecondOfInstance));
  return seconds * instances * (1 - Math.exp((-rate / instances) * leastSecondsActive));
}

function compute(used, load, { flex, hoursOfMonth }, assumed, alwaysReady) {
  const memory = assumed.instanceMemoryGb;
  const timer = assumed.timerRunsOfDay * (hoursOfMonth / 24);
  const active = activeSeconds(used.requests, load, flex, assumed);
  const executions = used.requests + timer;
  const ofTimer = timer * flex.leastSecondsActive * memory;
  const onDemand = (gbSeconds) => beyond(gbSeconds, flex.freeGbSeconds) * flex.gbSecond;
  const perMillion = flex.millionExecutions / 1e6;
  // Instances that are always ready have no free grant. They take the load first.
  if (alwaysReady)
    return {
      active,
      instances:
        alwaysReady * hoursOfMonth * 3600 * memory * flex.alwaysReadyGbSecond +
        active * memory * flex.alwaysReadyActiveGbSecond +
        onDemand(ofTimer),
      executions: executions * perMillion,
    };
  return {
    active,
    instances: onDemand(active * memory + ofTimer),
    executions: beyond(executions, flex.freeExecutions) * perMillion,
  };
}

function containers(used, load, { container, hoursOfMonth }, assumed, service) {
  const rate = used.requests / (load.hours * 3600);
  const count = Math.max(1, Math.ceil((rate * assumed.peakToMean) / assumed.requestsPerSecondOfContainer));
  const { vCpuHour, gibHour } = container[service];
  return { count, amount: count * hoursOfMonth * (vCpuHour + 2 * gibHour) };
}

/** Telemetry of the app, which the host samples: so many items a second and no more. */
function logs(used, active, { logs: price }, assumed) {
  const items = Math.min(used.requests * assumed.telemetryItemsOfRequest, active * assumed.telemetryItemsPerSecond);
  return beyond((items * assumed.telemetryItemBytes) / giga, price.freeGb) * price.gb;
}

/**
 * The lines of a load's bill. A line has a name, and the amounts of the app and of the container.
 * @param options network, alwaysReady, container (a service of the price table), month: how long artifacts and
 * metadata have been kept
 */
export function bill(load, { prices, measured, assumed }, { network, alwaysReady, container, month }) {
  const used = usage(load, measured, assumed);
  const { active, instances, executions } = compute(used, load, prices, assumed, alwaysReady);
  const ofContainer = containers(used, load, prices, assumed, container);
  const { postgres, blob, table, alerts, hoursOfMonth } = prices;

  const server = postgres.hour[load.postgres] * hoursOfMonth;
  const disk = Math.max(postgres.leastStorageGb, (used.databaseBytes * month) / giga) * postgres.storageGb;
  const kept = ((used.artifactBytes * month) / giga) * blob.gb;
  const blobOperations =
    (used.writes * blob.tenThousandWrites +
      used.blobReads * blob.tenThousandReads +
      used.others * blob.tenThousandOthers) /
    1e4;
  const ofHost = ((active / 60) * assumed.hostOperationsOfActiveMinute * blob.tenThousandWrites) / 1e4;
  const tables =
    (used.tableOperations * table.tenThousand) / 1e4 +
    ((used.tableOperations * assumed.tableRowBytes * month) / giga) * table.gb;
  const privateNetwork =
    assumed.endpoints[network] * prices.network.endpointHour * hoursOfMonth +
    assumed.zones[network] * prices.network.zone;
  const egress = beyond(used.egressBytes / giga, prices.network.freeEgressGb) * prices.network.egressGb;

  const lines = [
    { name: "Compute", app: instances + executions, container: ofContainer.amount },
    { name: "PostgreSQL, always on", app: server, container: server },
    { name: "Its disk", app: disk, container: disk },
    { name: "Artifacts kept", app: kept, container: kept },
    { name: "Storage operations", app: blobOperations + ofHost + tables, container: blobOperations },
    {
      name: "Telemetry, alerts",
      app: logs(used, active, prices, assumed) + alerts.metric + alerts.query,
      container: 0,
    },
    { name: "Private network", app: privateNetwork, container: privateNetwork },
    { name: "Traffic out of Azure", app: egress, container: egress },
  ];
  const total = (of) => lines.reduce((sum, line) => sum + line[of], 0);
  return { lines, total: { app: total("app"), container: total("container") }, used, active, count: ofContainer.count };
}
