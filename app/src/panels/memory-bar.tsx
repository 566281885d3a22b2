import type { MemoryReport } from "@tilebook/runtime";
import type { ReactNode } from "react";
import { bytes, plural } from "../shared/format.ts";

export function MemoryBar({ memory }: { readonly memory: MemoryReport }): ReactNode {
  const { liveBytes, peakBytes, pooledBytes, tensors, budgetBytes } = memory;
  return (
    <section>
      <h3>Memory</h3>
      <meter className="memory-meter" min={0} max={budgetBytes} high={budgetBytes * 0.8} value={liveBytes} />
      <p>
        {bytes(liveBytes)} of {bytes(budgetBytes)} in {plural(tensors, "tensor")}. Most at one moment:{" "}
        {bytes(peakBytes)}. Kept for reuse: {bytes(pooledBytes)}.
      </p>
    </section>
  );
}
