import { runTileKernel } from "@tilebook/interp";
import { sizeOf } from "@tilebook/ir";
import { compileGraph } from "../graph/compile-graph.ts";
import { type Dispatch, portableTarget, type Program } from "../program.ts";
import type { runOnGpu } from "./run-program.ts";

/**
 * As `runOnGpu`, but each launch runs through the tile interpreter, in f64: what differs from the graph's own meaning is a
 * wrong kernel, and never rounding. There is no driver that compiles, so hundreds of programs take seconds.
 */
export function runTiles(
  ...[graph, inputs, how = {}]: Parameters<typeof runOnGpu>
): ReturnType<typeof runOnGpu> {
  const program = compileGraph(graph, how.target ?? portableTarget, how);
  const buffers = program.buffers.map((buffer) => {
    const { tensor, type, zeroed } = program.buffers[buffer.from ?? -1] ?? buffer;
    return tensor === undefined
      ? new Float64Array(sizeOf(type.shape)).fill(zeroed ? 0 : Number.NaN)
      : Float64Array.from(inputs.get(tensor) ?? []);
  });
  for (const dispatch of program.dispatches) launch(program, dispatch, buffers);
  const outputs = program.outputs.map((place) => Array.from(buffers[place] ?? []));
  return Promise.resolve({ program, outputs });
}

function launch(program: Program, dispatch: Dispatch, buffers: readonly Float64Array[]): void {
  const tile = program.kernels[dispatch.kernel]?.tile;
  if (tile === undefined) throw new RangeError(`no kernel ${dispatch.kernel}`);
  const bound = dispatch.buffers.map((place) => buffers[place] ?? new Float64Array());
  const [pointers, scalars] = [bound.values(), dispatch.scalars.values()];
  const args = tile.params.map(({ kind }) => (kind === "pointer" ? pointers : scalars).next().value ?? 0);
  runTileKernel(tile, dispatch.grid, args, { rounding: "f64" });
}
