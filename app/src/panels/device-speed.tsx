import type { ReactNode } from "react";
import { plural, shortTime } from "../shared/format.ts";
import { type Measured, measureSpeed, useDeviceSpeed } from "../session/device-speed.ts";

/** What this device does at best, measured when asked: the limits that a kernel's time can be held against. */
export function DeviceSpeedView(): ReactNode {
  const measured = useDeviceSpeed();
  return (
    <section>
      <h3>Speed at best</h3>
      <SpeedText measured={measured} />
      <button
        type="button"
        className="button"
        disabled={measured.kind === "under way"}
        onClick={() => void measureSpeed()}
      >
        {measured.kind === "under way" ? "Measuring…" : "Measure"}
      </button>
    </section>
  );
}

function SpeedText({ measured }: { readonly measured: Measured }): ReactNode {
  switch (measured.kind) {
    case "not yet":
      return <p>Small kernels tell what a kernel here can reach: multiply-adds and copies.</p>;
    case "under way":
      return <p role="status">It takes some seconds, and cells wait for it.</p>;
    case "nothing":
      return <p>There is no GPU to measure.</p>;
    case "failed":
      return <p role="status">It could not be measured: {measured.message}</p>;
    case "speed":
      return (
        <>
          <p role="status">
            {measured.speed.gflops.toPrecision(3)} GFLOP/s in f32 ·{" "}
            {measured.speed.gigabytesPerSecond.toPrecision(3)} GB/s
          </p>
          <p>
            A launch with nothing to do takes {shortTime(measured.speed.launchMs)}, each further program{" "}
            {shortTime(measured.speed.programMs)}; about {plural(measured.speed.fullPrograms, "program")} at
            once keep it busy.
          </p>
        </>
      );
  }
}
