import { readdirSync, readFileSync } from "node:fs";

// What /proc counts in, on every Linux that Node runs on.
const ticksPerSecond = 100;

interface Process {
  pid: number;
  parent: number;
  ticks: number;
}

/** User and system time of a process and all that it started, in microseconds; undefined where there is no /proc. */
export function cpuOf(pid: number): number | undefined {
  const all = processes();
  const isOurs = new Set([pid]);
  let ticks = 0;
  // A parent's id may be the larger one, so the list is read until nothing is added.
  for (let size = 0; size !== isOurs.size; ) {
    size = isOurs.size;
    for (const each of all) if (isOurs.has(each.parent)) isOurs.add(each.pid);
  }
  for (const each of all) if (isOurs.has(each.pid)) ticks += each.ticks;
  return all.length > 0 ? (ticks / ticksPerSecond) * 1e6 : undefined;
}

function processes(): Process[] {
  try {
    return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? readProcess(name) : []));
  } catch {
    return [];
  }
}

/** proc_pid_stat(5): the name may hold spaces; the times include those of children that have ended. */
function readProcess(pid: string): Process[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const ticks = fields.slice(11, 15).reduce((sum, each) => sum + each, 0);
    return [{ pid: Number(pid), parent: fields[1]!, ticks }];
  } catch {
    return [];
  }
}
