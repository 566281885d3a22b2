import type { FaultData } from "@tilebook/base";
import { racesOf, sayRace, type TileKernel, type Unguarded, unguardedOf } from "@tilebook/ir";

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
