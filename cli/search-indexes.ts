/** `npm run migrate -- --indexes` and `--drop-indexes`. */
import type { ClientBase } from "pg";
import { dropSearchIndexes, makeSearchIndexes, type SearchIndex } from "../shared/mlflow/schema/search-indexes.ts";
import { print } from "../shared/tools/command.ts";

/** Makes the optional indexes. Answers a line for each, and what they cost. */
export async function makeIndexes(client: ClientBase): Promise<string> {
  const made = await makeSearchIndexes(client, (name, table) => print(`Making ${name} on ${table}; it stays in use.`));
  const all = made.reduce((sum, { bytes }) => sum + bytes, 0);
  return [...made.map(describe), `They take ${size(all)}. What they cost writes: docs/scale.md.`].join("\n");
}

const describe = ({ name, table, bytes, milliseconds }: SearchIndex) =>
  `  ${name} on ${table}: ${size(bytes)}, ${milliseconds === undefined ? "there already" : `made in ${(milliseconds / 1000).toFixed(1)} s`}`;

const size = (bytes: number) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${Math.round(bytes / 1e6)} MB`);

/** Drops them. Answers which there were. */
export async function dropIndexes(client: ClientBase): Promise<string> {
  const dropped = await dropSearchIndexes(client);
  return dropped.length === 0 ? "There are no optional indexes." : `Dropped ${dropped.join(", ")}.`;
}
