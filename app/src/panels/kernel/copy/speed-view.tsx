import type { VariantResult } from "@tilebook/sandbox";
import type { ReactNode } from "react";
import { plural, shortTime } from "../../../shared/format.ts";
import { compareSpeed, type SpeedComparison, type Spread } from "./speed.ts";

const clocks = {
  gpu: "by the GPU's own clock",
  wall: "from here until the result was there",
} as const;

/** Both times on one scale: every measurement a dot, the middle one a line. */
export function SpeedView({ result }: { readonly result: VariantResult }): ReactNode {
  const { original, variant, clock } = result;
  const speed = compareSpeed(original.samples, variant.samples);
  if (speed === undefined) return <p className="trial-note">The times are too short to be measured here.</p>;
  // A measurement that was disturbed must not press all others together: it stands at the end of the scale.
  const middle = Math.max(speed.original.median, speed.variant.median);
  const most = Math.min(3 * middle, Math.max(...original.samples, ...variant.samples));
  return (
    <div className="speed">
      <SpeedRow name="original" samples={original.samples} spread={speed.original} most={most} />
      <SpeedRow name="copy" samples={variant.samples} spread={speed.variant} most={most} />
      <p>
        {verdict(speed)}
        <span className="trial-note">
          {" "}
          Medians of {plural(original.samples.length, "measurement")}, {clocks[clock]}; both run with the
          bounds of raw kernels.
        </span>
      </p>
    </div>
  );
}

function verdict({ ratio, clear }: SpeedComparison): ReactNode {
  if (!clear) return <b>No clear difference in time.</b>;
  const times = ratio >= 1 ? ratio : 1 / ratio;
  return (
    <b>
      The copy {ratio >= 1 ? "is" : "takes"} {times.toFixed(2)} times as {ratio >= 1 ? "fast" : "long"}.
    </b>
  );
}

interface RowProps {
  readonly name: string;
  readonly samples: readonly number[];
  readonly spread: Spread;
  readonly most: number;
}

function SpeedRow({ name, samples, spread, most }: RowProps): ReactNode {
  const place = (sample: number): string => `${Math.min(1, sample / most) * 96 + 2}%`;
  return (
    <div className="speed-row">
      <span>{name}</span>
      <svg aria-hidden>
        {samples.map((sample, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- a measurement is its place
          <circle key={at} cx={place(sample)} cy="50%" r="2.5" />
        ))}
        <line x1={place(spread.median)} x2={place(spread.median)} y1="15%" y2="85%" />
      </svg>
      <b>{shortTime(spread.median)}</b>
    </div>
  );
}
