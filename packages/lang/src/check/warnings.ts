import type { FaultData } from "@tilebook/base";
import { type Race, racesOf, type TileKernel, type Unguarded, unguardedOf } from "@tilebook/ir";

/** What a kernel that can be compiled may still do wrong when it runs. */
export function warningsOf(kernel: TileKernel): readonly FaultData[] {
  return [...unguardedOf(kernel).map(sayUnguarded), ...racesOf(kernel).map(sayRace)];
}

const grows: Readonly<Record<Unguarded["along"], string>> = {
  program: "the block of the last program reaches past the end unless it fits exactly",
  loop: "the last turn of the loop reaches past the end unless it fits exactly",
  scalar: "its offset depends on a number that may be anything",
};

function sayUnguarded({ kind, pointer, along, span }: Unguarded): FaultData {
  const verb = { load: "read", store: "write", atomic: "change" }[kind];
  const mask = { load: "load(x + offsets, offsets < n)", store: "store(x + offsets, value, offsets < n)" };
  const example = kind === "atomic" ? "offsets < n as the last argument" : mask[kind];
  return {
    code: "kernel/unguarded",
    message: `this may ${verb} outside of \`${pointer}\`: no mask, and ${grows[along]}`,
    hint: `add a mask: ${example}; or use a view, which masks by itself: view(${pointer}, [n])`,
    ...(span === undefined ? {} : { span }),
  };
}

/** A race, in words. Also for those who know the grid. */
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
