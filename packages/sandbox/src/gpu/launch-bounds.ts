import type { FaultData } from "@tilebook/base";
import type { CompiledKernel, Dispatch, Program } from "@tilebook/compiler";
import { outsideOf, sayOutside, sizeOf } from "@tilebook/ir";
import { namedScalars } from "./scalar-names.ts";

/** Where a launch certainly reads or writes outside of its buffers. The device itself would not say so. */
export function outsideAtLaunch(
  { tile, bindings }: Pick<CompiledKernel, "tile" | "bindings">,
  { buffers }: Pick<Program, "buffers">,
  { grid, scalars, buffers: bound }: Dispatch,
): readonly FaultData[] {
  const sizes = new Map(
    bindings.flatMap(({ name }, at) => {
      const buffer = buffers[bound[at] ?? -1];
      return buffer === undefined ? [] : [[name, sizeOf(buffer.type.shape)] as const];
    }),
  );
  return outsideOf(tile, { grid, scalars: namedScalars(tile, scalars), sizes }).map(sayOutside);
}
