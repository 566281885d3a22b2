import type { FaultData } from "@tilebook/base";
import type { Race } from "./races.ts";

/** A race as a warning, `kernel/race`: for the checker, which knows the kernel alone, and for launches. */
export function sayRace({ axis, pointer, everywhere, stride, extent, span }: Race): FaultData {
  const apart =
    stride !== undefined && extent !== undefined
      ? `: they are ${Math.abs(stride)} apart, but each writes ${extent}`
      : "";
  const message = everywhere
    ? `all programs along axis ${axis} store into the same elements of \`${pointer}\`, and any of them may win`
    : `programs beside each other along axis ${axis} store into the same elements of \`${pointer}\`${apart}`;
  const hint = everywhere
    ? `let the offset depend on programId(${axis}), or add up with atomicAdd`
    : "multiply programId by the size of the block";
  return { code: "kernel/race", message, hint, ...(span === undefined ? {} : { span }) };
}
