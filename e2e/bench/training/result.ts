import type { MeasuredEngines } from "./rounds.ts";
import type { Sizes } from "./setting.ts";

/** What `npm run bench:train` writes, beside machine and versions. */
export interface TrainingResult {
  readonly at: string;
  readonly chromium: string;
  readonly load: readonly number[];
  readonly size: string;
  readonly sizes: Sizes;
  readonly tuneSeconds: number;
  readonly engines: MeasuredEngines;
}

/** Steps whose losses are compared. Later ones drift apart, since f32 sums of another order are other numbers. */
const COMPARED_STEPS = 10;

/** How far losses of the same step are apart, at most. Where it is 1e-3 or more the engines do different things. */
export function compareLosses({ engines }: Pick<TrainingResult, "engines">): {
  readonly agree: boolean;
  readonly most: number;
  readonly steps: number;
} {
  const all = Object.values(engines).map(({ losses }) => losses);
  const steps = Math.min(COMPARED_STEPS, ...all.map((losses) => losses.length));
  const apart = Array.from({ length: steps }, (_, step) => {
    const losses = all.map((each) => each[step] ?? Number.NaN);
    return Math.max(...losses) - Math.min(...losses);
  });
  const most = Math.max(...apart);
  return { agree: steps > 0 && most < 1e-3, most, steps };
}
