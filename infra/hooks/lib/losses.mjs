/** What a deployment holds: counted by the app's own API for a while, then "at least". */
const secondsEach = 30;
const foldersAtOnce = 8;
const page = 1000;

const until = () => {
  const end = Date.now() + secondsEach * 1000;
  return () => Date.now() < end;
};

/** Experiments and runs, also deleted ones, and the artifacts in the app's own storage. */
export async function lossesOf(app) {
  const experiments = await idsOf(app);
  return {
    experiments: { count: experiments.ids.length, whole: experiments.whole },
    runs: await runsOf(app, experiments.ids),
    artifacts: await artifactsOf(app),
  };
}

async function idsOf(app) {
  const [ids, goesOn] = [[], until()];
  for (let token; goesOn(); ) {
    const answer = await app.post("mlflow/experiments/search", { view_type: "ALL", max_results: page, ...next(token) });
    ids.push(...(answer.experiments ?? []).map(({ experiment_id }) => experiment_id));
    token = answer.next_page_token;
    if (!token) return { ids, whole: true };
  }
  return { ids, whole: false };
}

async function runsOf(app, experiment_ids) {
  let count = 0;
  if (experiment_ids.length === 0) return { count, whole: true };
  const goesOn = until();
  for (let token; goesOn(); ) {
    const body = { experiment_ids, run_view_type: "ALL", max_results: page, ...next(token) };
    const answer = await app.post("mlflow/runs/search", body);
    count += (answer.runs ?? []).length;
    token = answer.next_page_token;
    if (!token) return { count, whole: true };
  }
  return { count, whole: false };
}

const next = (token) => token && { page_token: token };

async function artifactsOf(app) {
  const [folders, goesOn] = [[""], until()];
  let [files, bytes] = [0, 0];
  while (folders.length > 0 && goesOn()) {
    const some = folders.splice(0, foldersAtOnce);
    const listed = await Promise.all(some.map((path) => app.get("mlflow-artifacts/artifacts", path ? { path } : {})));
    for (const [at, { files: entries = [] }] of listed.entries())
      for (const { path, is_dir, file_size = 0 } of entries) {
        if (is_dir) folders.push(some[at] ? `${some[at]}/${path}` : path);
        else [files, bytes] = [files + 1, bytes + Number(file_size)];
      }
  }
  return { files, bytes, whole: folders.length === 0 };
}

/** Bytes as people read them. */
export function shownBytes(bytes) {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  const at = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${at === 0 ? bytes : (bytes / 1000 ** at).toFixed(1)} ${units[at]}`;
}
