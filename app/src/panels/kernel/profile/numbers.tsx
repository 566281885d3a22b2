import type { LaunchProfile } from "@tilebook/sandbox";
import type { ReactNode } from "react";
import { bytes, grouped, percent, plural, shortTime, significant } from "../../../shared/format.ts";
import { Explained } from "../explained.tsx";
import type { Summary } from "./summary.ts";

interface Props {
  readonly profile: LaunchProfile;
  readonly summary: Summary;
}

/** What was measured, and what it comes to. */
export function Numbers({ profile, summary }: Props): ReactNode {
  const { flops, moved, share, gflops, gigabytesPerSecond, intensity } = summary;
  return (
    <>
      <dl className="kernel-facts profile-numbers">
        <Number label="one launch" about={aboutTime(profile, summary)} main>
          {shortTime(summary.time.median)}
          <small>{spreadText(summary)}</small>
        </Number>
        {flops > 0 && (
          <Number label="arithmetic" about={[`${grouped(flops)} operations in that time.`]}>
            {significant(gflops, 3)} GFLOP/s
          </Number>
        )}
        <Number label="memory" about={aboutBytes(summary)}>
          {significant(gigabytesPerSecond, 3)} GB/s
        </Number>
        {flops > 0 && moved > 0 && (
          <Number label="operations a byte" about={["Of the bytes that have to move at least."]}>
            {significant(intensity, 3)}
          </Number>
        )}
        {share !== undefined && (
          <Number
            label="of this device’s best"
            about={[
              `At best the same work takes ${shortTime(share.best)} here, and waits for ${share.limit}.`,
              "More than 100 %: caches served what memory would have had to, since the launch was run again and again.",
            ]}
          >
            {percent(share.share)}
          </Number>
        )}
      </dl>
      {isDisturbed(summary) && (
        <p className="profile-note">
          The measurements differ a lot: something else uses this device now. Measure again when it is quiet.
        </p>
      )}
    </>
  );
}

interface NumberProps {
  readonly label: string;
  readonly about: readonly string[];
  readonly main?: true;
  readonly children: ReactNode;
}

function Number({ label, about, main, children }: NumberProps): ReactNode {
  return (
    <div data-main={main}>
      <dt>
        <Explained label={label} about={about} />
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

/** "± 2 %": how far the middle half of the measurements reaches. */
function spreadText({ time: { median, low, high } }: Summary): string {
  return ` ± ${percent((high - low) / 2 / median)}`;
}

function isDisturbed({ time: { median, low, high } }: Summary): boolean {
  return high - low > median / 2;
}

const clocks: Readonly<Record<LaunchProfile["clock"], string>> = {
  gpu: "by the GPU’s own clock",
  wall: "by the time until the result was there, since this browser has no clock of the GPU",
};

function aboutTime({ samples, repeats, clock, fresh }: LaunchProfile, { time }: Summary): readonly string[] {
  const each = repeats === 1 ? "one launch each" : `${plural(repeats, "launch", "launches")} each`;
  return [
    `The median of ${plural(samples.length, "measurement")} of ${each}, ${clocks[clock]}.`,
    `Half of them lie between ${shortTime(time.low)} and ${shortTime(time.high)}.`,
    fresh
      ? "It reads what it writes: each launch began with fresh copies, and their making is not counted."
      : "All launches read the same buffers and write to copies.",
  ];
}

function aboutBytes({ moved, asked }: Summary): readonly string[] {
  return [
    `${bytes(moved)} have to move at least: each of its buffers once, or less where it asks for less.`,
    `It asks for ${bytes(asked)}; what is asked for again may come from caches.`,
  ];
}
