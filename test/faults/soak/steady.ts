/** A measurement of something that may grow. */
export interface Sample {
  minutes: number;
  megabytes: number;
}

export interface Trend {
  /** Megabytes an hour, by least squares. */
  perHour: number;
  /** What that adds over the time of the samples, as a part of their mean. */
  growth: number;
}

/** How memory goes on over the second half of the samples, when caches are full and code is compiled. */
export function trendOf(samples: readonly Sample[]): Trend {
  const last = samples.at(-1)?.minutes ?? 0;
  const late = samples.filter(({ minutes }) => minutes >= last / 2);
  const mean = (of: (sample: Sample) => number) => late.reduce((sum, sample) => sum + of(sample), 0) / late.length;
  const [time, memory] = [mean(({ minutes }) => minutes), mean(({ megabytes }) => megabytes)];
  const along = mean(({ minutes }) => (minutes - time) ** 2);
  const slope = along === 0 ? 0 : mean(({ minutes, megabytes }) => (minutes - time) * (megabytes - memory)) / along;
  return { perHour: slope * 60, growth: (slope * (last / 2)) / memory };
}
