/** One input of each route that sends SQL, for `npm run sql`. */

const run_id = "0123456789abcdef0123456789abcdef";

/** Two runs, so that each entity is read for both at once. */
const foundRun = (run_id: string, experiment_id: string) => ({
  run: JSON.stringify({ info: { run_id, experiment_id } }),
});

export const examples = {
  "POST /graphql": {
    input: {
      query: `{ mlflowSearchRuns(input: { experimentIds: ["1", "2"] }) {
      runs { info { runId } experiment { name } modelVersions { name } } } }`,
    },
    rows: [[foundRun(run_id, "1"), foundRun("another-run", "2")]],
  },
};
