import { type BufferDType, type Graph, sizeOf } from "@tilebook/ir";
import { compileGraph, type GraphOptions } from "../graph/compile-graph.ts";
import { type CompiledKernel, portableTarget, type Program, type Target } from "../program.ts";
import { decodeElements, encodeElements, uniformBytes } from "./elements.ts";
import { dispatch, download, makePipeline, openGpu, upload } from "./gpu.ts";

/** Compiles a graph and runs it on the GPU of this test file. Buffers start as garbage unless they must be zero. */
export async function runOnGpu(
  graph: Graph,
  inputs: ReadonlyMap<string, readonly number[]>,
  how: Pick<GraphOptions, "choose" | "numbers"> & { readonly target?: Target } = {},
): Promise<{ readonly program: Program; readonly outputs: readonly (readonly number[])[] }> {
  const program = compileGraph(graph, how.target ?? portableTarget, how);
  const gpu = await openGpu();
  const buffers = program.buffers.map((buffer) =>
    upload(gpu, startBytes(program.buffers[buffer.from ?? -1] ?? buffer, inputs)),
  );
  const pipelines = new Map<CompiledKernel, GPUComputePipeline>();
  for (const kernel of program.kernels) pipelines.set(kernel, await makePipeline(gpu, kernel));
  for (const step of program.dispatches) {
    const kernel = program.kernels[step.kernel];
    const pipeline = kernel === undefined ? undefined : pipelines.get(kernel);
    if (kernel === undefined || pipeline === undefined) throw new Error(`no kernel ${step.kernel}`);
    const count = step.grid[0] * step.grid[1] * step.grid[2];
    const uniform = uniformBytes(kernel, step.grid, { base: 0, count }, step.scalars);
    const bound = step.buffers.map((place) => at(buffers, place));
    dispatch(gpu, pipeline, [...bound, upload(gpu, uniform, GPUBufferUsage.UNIFORM)], count);
  }
  const outputs = program.outputs.map(async (place) => {
    const { type } = at(program.buffers, place);
    return decodeElements(await download(gpu, at(buffers, place)), type.dtype, sizeOf(type.shape));
  });
  return { program, outputs: await Promise.all(outputs) };
}

function startBytes(
  buffer: Program["buffers"][number],
  inputs: ReadonlyMap<string, readonly number[]>,
): ArrayBuffer {
  const { dtype }: { readonly dtype: BufferDType } = buffer.type;
  if (buffer.tensor !== undefined) return encodeElements(inputs.get(buffer.tensor) ?? [], dtype);
  const bytes = new Uint8Array(buffer.bytes);
  return (buffer.zeroed ? bytes : bytes.fill(0x3f)).buffer;
}

function at<T>(list: readonly T[], place: number): T {
  const item = list[place];
  if (item === undefined) throw new RangeError(`no item ${place}`);
  return item;
}
