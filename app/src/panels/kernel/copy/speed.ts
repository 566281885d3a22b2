/** Several measurements of the same work: the middle one, and where the middle half of them lies. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export interface SpeedComparison {
  readonly original: Spread;
  readonly variant: Spread;
  /** How many times as fast the variant is. */
  readonly ratio: number;
  /** The middle halves lie apart, so that another measurement would most likely say the same. */
  readonly clear: boolean;
}

/** Undefined when one of the two was not measured. */
export function compareSpeed(
  original: readonly number[],
  variant: readonly number[],
): SpeedComparison | undefined {
  const [a, b] = [spreadOf(original), spreadOf(variant)];
  if (a === undefined || b === undefined || a.median <= 0 || b.median <= 0) return undefined;
  return { original: a, variant: b, ratio: a.median / b.median, clear: a.low > b.high || b.low > a.high };
}

/** Nothing of no samples. */
export function spreadOf(samples: readonly number[]): Spread | undefined {
  const sorted = samples.toSorted((x, y) => x - y);
  const at = (part: number): number => sorted[Math.round(part * (sorted.length - 1))] ?? 0;
  return sorted.length === 0 ? undefined : { median: at(0.5), low: at(0.25), high: at(0.75) };
}
