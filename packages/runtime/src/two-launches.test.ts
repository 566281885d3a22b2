import { compileGraph, type Config, portableTarget, type Program } from "@tilebook/compiler";
import { runGraph } from "@tilebook/interp";
import type { Graph, TensorType } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import type { Executor } from "./executor.ts";
import { openInterpreter } from "./interpreter/open-interpreter.ts";
import { openGpu } from "./open-gpu.ts";
import { dawn, watched } from "./testing/dawn.ts";
import { f32Bytes, f32Values } from "./testing/programs.ts";

const budgetBytes = 1 << 26;
const n = 40_001;
const numbers = Array.from({ length: n }, (_, at) => Math.fround(Math.sin(at)));
const type: TensorType = { dtype: "f32", shape: [n] };

const inParts: Config = { blocks: { block: 64, parts: 64 } };

/** sum(-x) in parts, times 2. */
function graphOf(x: string): Graph {
  const one: TensorType = { dtype: "f32", shape: [1] };
  return {
    nodes: [
      { kind: "input", tensor: x, type },
      { kind: "unary", op: "neg", input: 0, type },
      { kind: "reduce", op: "sum", input: 1, axis: 0, type: one },
      { kind: "binary", op: "add", left: 2, right: 2, type: one },
    ],
    kernels: [],
    outputs: [3],
  };
}

function inTwo(x: string): Program {
  const program = compileGraph(graphOf(x), portableTarget, {
    choose: ({ configs }) =>
      configs.some(({ blocks }) => blocks?.["parts"] !== undefined) ? inParts : undefined,
  });
  expect(program.dispatches.length).toBe(3);
  return program;
}

const wanted = runGraph(graphOf("x"), new Map([["x", { type, values: Float64Array.from(numbers) }]]))[0]?.[0];

const upload = (executor: Executor): string => executor.upload(f32Bytes(numbers), type);

async function result(executor: Executor, program: Program): Promise<number> {
  const { outputs } = await executor.run(program);
  const [value = NaN] = f32Values(await executor.read(outputs[0] ?? ""));
  for (const output of outputs) executor.free(output);
  return value;
}

const executors: readonly [string, () => Promise<Executor>][] = [
  ["Dawn", () => openGpu({ gpu: dawn(), budgetBytes })],
  ["the interpreter", () => Promise.resolve(openInterpreter({ budgetBytes }))],
];

describe("what is computed by two launches", () => {
  test.for(executors)(
    "[Z5] comes to the same on %s, run after run, and nothing stays behind",
    async ([, open]) => {
      const executor = await open();
      const program = inTwo(upload(executor));
      const { liveBytes } = executor.memory();
      const first = await result(executor, program);
      expect(first).toBeCloseTo(wanted ?? NaN, 4);
      for (let turn = 0; turn < 3; turn++) expect(await result(executor, program)).toBe(first);
      expect(executor.memory()).toMatchObject({ liveBytes, tensors: 1 });
      executor.close();
    },
  );

  test("[Z6] may be cut into slices anywhere, and stopped between them", async () => {
    const whole = await openGpu({ gpu: dawn(), budgetBytes, sliceMs: 1e6 });
    const right = await result(whole, inTwo(upload(whole)));
    whole.close();
    const { gpu, devices } = watched();
    const executor = await openGpu({ gpu, budgetBytes, sliceMs: 1e-3 });
    const program = inTwo(upload(executor));
    const { liveBytes } = executor.memory();
    expect(await result(executor, program)).toBe(right);
    const { queue } = devices[0] ?? {};
    const submit = queue?.submit.bind(queue);
    const stop = new AbortController();
    let submits = 0;
    Object.defineProperty(queue, "submit", {
      value: (commands: readonly GPUCommandBuffer[]) => {
        submits += 1;
        if (submits === 3) stop.abort();
        submit?.(commands);
      },
    });
    const stopped = executor.run(program, stop.signal);
    await expect(stopped).rejects.toMatchObject({ code: "executor/interrupted" });
    expect(executor.memory().liveBytes).toBe(liveBytes);
    expect(await result(executor, program)).toBe(right);
    expect(submits).toBeGreaterThan(6);
    executor.close();
  });

  test("[Z7] is computed again when the device is lost under it, or after it", async () => {
    const { gpu, devices } = watched();
    const executor = await openGpu({ gpu, budgetBytes });
    const program = inTwo(upload(executor));
    const running = executor.run(program);
    devices.at(-1)?.destroy();
    const { outputs } = await running;
    const [value = NaN] = f32Values(await executor.read(outputs[0] ?? ""));
    expect(value).toBeCloseTo(wanted ?? NaN, 4);
    expect(devices.length).toBe(2);
    executor.close();
  });

  test("[Z8] is measured for each of its kernels", async () => {
    const executor = await openGpu({ gpu: dawn(), budgetBytes });
    const program = inTwo(upload(executor));
    const { timings } = await executor.run(program, undefined, { timed: true });
    expect(timings.map(({ dispatches }) => dispatches)).toEqual([1, 1, 1]);
    expect(program.kernels.map(({ name }) => name).slice(0, 2)).toEqual([
      "reduce_sum_parts",
      "reduce_sum_finish",
    ]);
    executor.close();
  });
});
