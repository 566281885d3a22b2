import { Fault } from "@tilebook/base";
import type { Program } from "@tilebook/compiler";
import { bitsOf, sizeOf } from "@tilebook/ir";
import { type Executor, isolate, type LaunchBuffer } from "@tilebook/runtime";
import { valuesOf } from "../../values.ts";
import type { StepBufferData, StepLaunch } from "./launch.ts";

/** Elements of all buffers of a launch together. Each takes about 40 bytes while it is stepped through. */
const MOST_ELEMENTS = 4 << 20;

const count = (value: number): string => value.toLocaleString("en-US");

/** Copies out what dispatch `at` of the program finds in its buffers. Fault `step/too-large`. */
export async function openLaunch(
  executor: Executor,
  program: Program,
  at: number,
  signal: AbortSignal,
): Promise<StepLaunch> {
  const dispatch = program.dispatches[at];
  const kernel = program.kernels[dispatch?.kernel ?? -1];
  if (dispatch === undefined || kernel === undefined) throw new Fault("internal/probe", "no such dispatch");
  const { before, buffers } = isolate(program, at);
  const own = buffers.filter(
    (_, place) => program.buffers[dispatch.buffers[place] ?? -1]?.role !== "messages",
  );
  checkSize(kernel.name, own);
  const { outputs: made } = await executor.run(before, signal);
  try {
    const read = new Map<string, Promise<StepBufferData>>();
    const datas = own.map((buffer, place) => {
      const key = `${dispatch.buffers[place]}`;
      const known = read.get(key) ?? readBuffer(executor, buffer, made);
      read.set(key, known);
      return known;
    });
    const { grid, scalars } = dispatch;
    return { kernel: kernel.tile, grid, scalars, buffers: await Promise.all(datas) };
  } finally {
    for (const tensor of made) executor.free(tensor);
  }
}

async function readBuffer(
  executor: Executor,
  { type, from }: LaunchBuffer,
  made: readonly string[],
): Promise<StepBufferData> {
  const { shape, dtype } = type;
  const size = sizeOf(shape);
  const tensor = from === undefined ? undefined : "made" in from ? made[from.made] : from.tensor;
  if (tensor === undefined) return { values: new Float64Array(size), shape, dtype, fresh: true };
  const bytes = await executor.read(tensor, { start: 0, end: Math.ceil((size * bitsOf(dtype)) / 8) });
  // The last byte of four-bit numbers may hold one too many.
  return { values: valuesOf(bytes, dtype).slice(0, size), shape, dtype, fresh: false };
}

function checkSize(name: string, buffers: readonly LaunchBuffer[]): void {
  const elements = buffers.reduce((sum, { type }) => sum + sizeOf(type.shape), 0);
  if (elements <= MOST_ELEMENTS) return;
  throw new Fault(
    "step/too-large",
    `the buffers of ${name} have ${count(elements)} elements; at most ${count(MOST_ELEMENTS)} can be stepped through`,
    { hint: "launch it on smaller tensors: one program shows as much" },
  );
}
