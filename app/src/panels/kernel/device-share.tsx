import type { ReactNode } from "react";
import { type Measured, measureSpeed, useDeviceSpeed } from "../../session/device-speed.ts";
import { percent, shortTime, significant } from "../../shared/format.ts";
import { Explained } from "./explained.tsx";
import type { Reached } from "./facts.ts";
import { shareOfBest } from "./roofline.ts";

/** How near the last run came to what this device allows, once that has been measured. */
export function DeviceShare({ reached }: { readonly reached: Reached }): ReactNode {
  const measured = useDeviceSpeed();
  return (
    <div>
      <dt>
        <Explained label="of this device’s best" about={aboutOf(measured, reached)} />
      </dt>
      <dd>{valueOf(measured, reached)}</dd>
    </div>
  );
}

function valueOf(measured: Measured, reached: Reached): ReactNode {
  switch (measured.kind) {
    case "speed":
      return percent(shareOfBest(reached, measured.speed).share);
    case "under way":
      return "measuring…";
    case "nothing":
      return "no GPU";
    case "not yet":
    case "failed":
      return (
        <button type="button" className="link" onClick={() => void measureSpeed()}>
          measure
        </button>
      );
  }
}

function aboutOf(measured: Measured, reached: Reached): readonly string[] {
  if (measured.kind === "failed") return [`It could not be measured: ${measured.message}`];
  if (measured.kind !== "speed")
    return [
      "What the device can do is measured once, by small kernels: multiply-adds, and copies. Cells wait for some seconds.",
      "Then the time of this kernel is held against the least that its operations and its bytes take.",
    ];
  const { gflops, gigabytesPerSecond } = measured.speed;
  const { best, limit } = shareOfBest(reached, measured.speed);
  return [
    `At best the same work takes ${shortTime(best)} here, and waits for ${limit}; it took ${shortTime(reached.milliseconds)}.`,
    `Measured: ${significant(gflops, 3)} GFLOP/s in f32, ${significant(gigabytesPerSecond, 3)} GB/s.`,
    "Small launches are far from it, since starting them takes time. More than 100 %: caches served what memory would have had to.",
  ];
}
