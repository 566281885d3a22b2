// Only tests stand on this: cells whose graphs run on Dawn, compiled as the GPU worker compiles them.
import { runOnGpu } from "@tilebook/compiler/testing/gpu";
import type { Dispatch, Program } from "@tilebook/compiler";
import type { TensorValue } from "@tilebook/interp";
import { type Graph, sizeOf } from "@tilebook/ir";
import { open, type TestCell, TestHost } from "@tilebook/tensor/testing";
import { outsideAtLaunch } from "../gpu/launch-bounds.ts";
import { racesAtLaunch } from "../gpu/launch-races.ts";

class GpuHost extends TestHost {
  /** Launches of every graph that ran, in order. */
  readonly dispatches: number[] = [];
  /** The largest buffer of each, in numbers. */
  readonly largest: number[] = [];
  /** Names of what was launched by each. */
  readonly kernels: (readonly string[])[] = [];
  /** What was said of each. */
  readonly remarks: (readonly string[])[] = [];

  protected override async compute(
    graph: Graph,
    values: ReadonlyMap<string, TensorValue>,
  ): Promise<readonly (readonly number[])[]> {
    const inputs = new Map([...values].map(([name, { values: numbers }]) => [name, Array.from(numbers)]));
    const { program, outputs } = await runOnGpu(graph, inputs);
    this.dispatches.push(program.dispatches.length);
    this.largest.push(Math.max(...program.buffers.map(({ type }) => sizeOf(type.shape))));
    this.remarks.push(program.remarks.map(({ code, message }) => `${code}: ${message}`));
    this.kernels.push(program.dispatches.map(({ kernel }) => program.kernels[kernel]?.name ?? ""));
    for (const dispatch of program.dispatches) refuseMistakes(program, dispatch);
    return outputs;
  }
}

/** What the GPU worker would say about a launch of a person's kernel. */
function refuseMistakes(program: Program, dispatch: Dispatch): void {
  const kernel = program.kernels[dispatch.kernel];
  if (kernel === undefined) throw new Error(`no kernel ${dispatch.kernel}`);
  const found = [...racesAtLaunch(kernel.tile, dispatch), ...outsideAtLaunch(kernel, program, dispatch)];
  if (found.length > 0) throw new Error(found.map(({ message }) => message).join("; "));
}

export interface GpuCell extends TestCell {
  readonly host: GpuHost;
}

/** What a cell sees, computed on the GPU of this test file. */
export function openOnGpu(): GpuCell {
  const host = new GpuHost();
  return { ...open(host), host };
}
