import { faultData } from "@tilebook/base";
import type { DeviceSpeed } from "@tilebook/runtime";
import { type ReactNode, useState } from "react";
import { measure } from "../session/machine.ts";

type Measured =
  | { readonly kind: "not yet" | "under way" | "nothing" }
  | { readonly kind: "speed"; readonly speed: DeviceSpeed }
  | { readonly kind: "failed"; readonly message: string };

/** What this device does at best, measured when asked: the limits that a kernel's time can be held against. */
export function DeviceSpeedView(): ReactNode {
  const [measured, setMeasured] = useState<Measured>({ kind: "not yet" });
  const start = (): void => {
    setMeasured({ kind: "under way" });
    measure().then(
      (speed) => setMeasured(speed === undefined ? { kind: "nothing" } : { kind: "speed", speed }),
      (error: unknown) => setMeasured({ kind: "failed", message: faultData(error).message }),
    );
  };
  return (
    <section>
      <h3>Speed at best</h3>
      <SpeedText measured={measured} />
      <button type="button" className="button" disabled={measured.kind === "under way"} onClick={start}>
        {measured.kind === "under way" ? "Measuring…" : "Measure"}
      </button>
    </section>
  );
}

function SpeedText({ measured }: { readonly measured: Measured }): ReactNode {
  switch (measured.kind) {
    case "not yet":
      return <p>Two small kernels tell what a kernel here can reach: multiply-adds and copies.</p>;
    case "under way":
      return <p role="status">It takes a moment, and cells wait for it.</p>;
    case "nothing":
      return <p>There is no GPU to measure.</p>;
    case "failed":
      return <p role="status">It could not be measured: {measured.message}</p>;
    case "speed":
      return (
        <p role="status">
          {measured.speed.gflops.toPrecision(3)} GFLOP/s in f32 ·{" "}
          {measured.speed.gigabytesPerSecond.toPrecision(3)} GB/s
        </p>
      );
  }
}
