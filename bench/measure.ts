import { cpuOf } from "./cpu.ts";
import { median } from "./median.ts";
import type { Subject } from "./scenarios.ts";

export interface Measured {
  answered: number;
  perSecond: number;
  /** Requests that got an error or no answer; they do not count. */
  failed: number;
  p50: number;
  p95: number;
  /** User and system time of a request, in microseconds: what the server took, and PostgreSQL. NaN where unknown. */
  cpu: number;
  postgresCpu: number;
}

/** What is loaded, and whose time is taken. */
export interface Measurable extends Subject {
  pid: number;
  postgres: number;
}

export interface Load {
  /** Concurrent ones. */
  clients: number;
  seconds: number;
}

/** @throws Error the first failure, where every request failed */
export async function measure<T extends { pid: number | undefined; postgres: number }>(
  subject: T,
  scenario: (subject: T) => Promise<unknown>,
  { clients, seconds }: Load,
): Promise<Measured> {
  const cpu = (pid: number | undefined) => (pid === undefined ? 0 : (cpuOf(pid) ?? Number.NaN));
  const used = () => [cpu(subject.pid), cpu(subject.postgres)];
  const before = used();
  const latencies: number[] = [];
  const failures: Error[] = [];
  const started = performance.now();
  const end = started + seconds * 1000;
  const client = async () => {
    while (performance.now() < end) {
      const sent = performance.now();
      await scenario(subject).then(
        () => latencies.push(performance.now() - sent),
        (error: Error) => failures.push(error),
      );
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const taken = (performance.now() - started) / 1000;
  const [appCpu, postgresCpu] = used().map((total, index) => (total - before[index]!) / latencies.length) as [
    number,
    number,
  ];
  if (latencies.length === 0 && failures[0]) throw failures[0];
  latencies.sort((a, b) => a - b);
  const at = (part: number) => latencies[Math.floor(latencies.length * part)] ?? 0;
  const [p50, p95] = [at(0.5), at(0.95)];
  const answered = latencies.length;
  return { answered, perSecond: answered / taken, failed: failures.length, p50, p95, cpu: appCpu, postgresCpu };
}

export function medians(rounds: Measured[]): Measured {
  const of = (name: keyof Measured) => median(rounds.map((round) => round[name]));
  return {
    answered: of("answered"),
    perSecond: of("perSecond"),
    failed: rounds.reduce((sum, { failed }) => sum + failed, 0),
    p50: of("p50"),
    p95: of("p95"),
    cpu: of("cpu"),
    postgresCpu: of("postgresCpu"),
  };
}

/** The medians of subjects that are measured in turns. */
export async function inTurns<Name extends string>(
  subjects: Record<Name, Measurable>,
  scenario: (subject: Subject) => Promise<unknown>,
  load: Load,
  rounds: number,
): Promise<Record<Name, Measured>> {
  const names = Object.keys(subjects) as Name[];
  const measured = new Map<Name, Measured[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const name of names) measured.get(name)!.push(await measure(subjects[name], scenario, load));
  return Object.fromEntries(names.map((name) => [name, medians(measured.get(name)!)])) as Record<Name, Measured>;
}

/** What many short rounds are together; of the latencies their medians. */
export function together(rounds: Measured[]): Measured {
  const sum = (of: (round: Measured) => number) => rounds.reduce((total, round) => total + of(round), 0);
  const answered = sum((round) => round.answered);
  return {
    ...medians(rounds),
    answered,
    perSecond: answered / sum((round) => round.answered / round.perSecond),
    cpu: sum((round) => round.cpu * round.answered) / answered,
    postgresCpu: sum((round) => round.postgresCpu * round.answered) / answered,
  };
}

export const cell = ({ perSecond, failed, p50, p95 }: Measured) =>
  `${perSecond.toFixed(1)} (${p50.toFixed(1)}, ${p95.toFixed(1)})${failed > 0 ? `, ${failed} failed` : ""}`;

export const cpuCell = ({ cpu, postgresCpu }: Measured) => `${cpu.toFixed(0)} + ${postgresCpu.toFixed(0)}`;
