import { compileGraph, portableTarget } from "@tilebook/compiler";
import {
  type Graph,
  type GraphNode,
  type Launch,
  TileBuilder,
  type TileKernel,
  type ValueId,
} from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import type { Executor, LaunchMessages } from "./executor.ts";
import { FailedRun } from "./faults.ts";
import { openInterpreter } from "./interpreter/open-interpreter.ts";
import { openGpu } from "./open-gpu.ts";
import { dawn } from "./testing/dawn.ts";

const budgetBytes = 1 << 26;

/** One launch after the other, each with an output of its own. */
function launches(...all: readonly { readonly kernel: TileKernel; readonly grid: Launch["grid"] }[]): Graph {
  const type = { dtype: "i32", shape: [64] } as const;
  const nodes = all.map(({ grid }, kernel): GraphNode => ({
    kind: "tileCall",
    launch: { kernel, grid, arguments: [{ kind: "output", index: 0 }] },
    outputs: [type],
    type,
  }));
  return { nodes, kernels: all.map(({ kernel }) => kernel), outputs: nodes.map((_, at) => at) };
}

interface Heard {
  readonly messages: readonly LaunchMessages[];
  readonly fault?: { readonly code: string; readonly message: string; readonly span: unknown };
}

async function heard(executor: Executor, graph: Graph): Promise<Heard> {
  try {
    const { messages } = await executor.run(compileGraph(graph, portableTarget));
    return { messages };
  } catch (error) {
    if (!(error instanceof FailedRun)) throw error;
    const { code, message, span, messages } = error;
    return { messages, fault: { code, message, span } };
  } finally {
    executor.close();
  }
}

/** What both executors say. They must say the same. */
async function both(graph: Graph): Promise<{ readonly gpu: Heard; readonly interpreter: Heard }> {
  return {
    gpu: await heard(await openGpu({ gpu: dawn(), budgetBytes }), graph),
    interpreter: await heard(openInterpreter({ budgetBytes }), graph),
  };
}

const span = { source: "cell", start: 4, end: 9 };

function speaking(
  write: (b: TileBuilder, at: { readonly tile: ValueId; readonly program: ValueId }) => void,
): TileKernel {
  const b = new TileBuilder("says");
  const y = b.pointer("y", "i32");
  const [tile, program] = [b.arange(0, 64), b.programId(0)];
  write(b, { tile, program });
  b.store({ pointer: y, offset: tile, value: tile });
  return b.finish();
}

/** Four programs; in a loop each says its turn and then asserts `tile + turn < limit`. */
function counting(limit: number): TileKernel {
  return speaking((b, { tile, program }) => {
    const sizes = { lower: b.const(0, "i32"), upper: b.const(3, "i32") };
    b.print({ text: "program", value: program });
    b.forLoop(sizes, [], (turn) => {
      const late = b.binary("gt", turn, b.const(0, "i32"));
      b.ifElse(late, {
        whenTrue: () => {
          b.print({ text: "late", value: turn });
          return [];
        },
        whenFalse: () => [],
      });
      const sum = b.binary("add", tile, b.broadcast(turn, [64]));
      b.print({ text: "few", value: sum, mask: b.binary("lt", sum, b.full([64], 3, "i32")) });
      b.assert(b.binary("lt", sum, b.full([64], limit, "i32")), "the sum is small", { span });
      return [];
    });
    b.print({ text: "end", value: b.cast(tile, "f32") });
  });
}

describe("what launches say, on the GPU as in the interpreter", () => {
  test("[Y1] prints of several launches, in the order in which each program came to them", async () => {
    const all = [counting(70), counting(100)].map((made) => ({ kernel: made, grid: [3, 1, 2] as const }));
    const { gpu, interpreter } = await both(launches(...all));
    expect(gpu).toEqual(interpreter);
    expect(gpu.fault).toBeUndefined();
    const first = gpu.messages[0]?.messages
      .slice(0, 5)
      .map(({ site, visit, program }) => [site.text, visit, program]);
    expect(first).toEqual([
      ["program", 0, [0, 0, 0]],
      ["few", 0, [0, 0, 0]],
      ["late", 0, [0, 0, 0]],
      ["few", 1, [0, 0, 0]],
      ["late", 1, [0, 0, 0]],
    ]);
  });

  test("[Y2] an assert fails for the first program, at its first turn, at its first element; what was printed before stays", async () => {
    const all = [counting(70), counting(64), counting(70)].map((made) => ({
      kernel: made,
      grid: [4, 1, 1] as const,
    }));
    const { gpu, interpreter } = await both(launches(...all));
    expect(gpu).toEqual(interpreter);
    expect(gpu.fault).toEqual({
      code: "kernel/assert",
      message: "assertion failed: the sum is small (program 0, 0, 0, element 63)",
      span,
    });
    const counts = gpu.messages.map(({ messages }) => messages.length);
    expect(counts).toEqual([4 * 7, 4]);
  });

  test("[Y3] asserts have room when prints have none left", async () => {
    const last = speaking((b, { tile, program }) => {
      b.print({ text: "tile", value: tile });
      b.assert(b.binary("lt", program, b.const(1999, "i32")), "not the last");
    });
    const { gpu, interpreter } = await both(launches({ kernel: last, grid: [2000, 1, 1] }));
    expect(gpu.fault).toEqual(interpreter.fault);
    expect(gpu.fault?.message).toBe("assertion failed: not the last (program 1999, 0, 0)");
    expect(gpu.messages[0]?.dropped).toBe(2000 * 64 - 4096);
    expect(interpreter.messages[0]?.dropped).toBe(2000 * 64 - 4096);
  });

  test("[Y4] when all programs fail, and everywhere, it is the first", async () => {
    const all = speaking((b, { tile, program }) => {
      const sum = b.binary("add", tile, b.broadcast(program, [64]));
      b.assert(b.binary("lt", sum, b.full([64], 40, "i32")), "low");
      b.assert(b.binary("gt", sum, b.full([64], 40, "i32")), "high");
    });
    const { gpu, interpreter } = await both(launches({ kernel: all, grid: [20, 25, 2] }));
    expect(gpu).toEqual(interpreter);
    expect(gpu.fault?.message).toBe("assertion failed: low (program 0, 0, 0, element 40)");
  });

  test("[Y5] a loop that was cut says so, on its line", async () => {
    const endless = speaking((b, { program }) => {
      const head = { lower: b.const(0, "i32"), upper: b.const(500, "i32") };
      const goesOn = b.binary("ge", program, b.const(0, "i32"));
      const [still = -1] = b.forLoop(head, [{ init: goesOn, goesOn: true }], (_, [flag = -1]) => [flag]);
      b.assert(b.unary("not", still), "this `while` is not done after 500 turns", { turns: true, span });
    });
    const { gpu, interpreter } = await both(launches({ kernel: endless, grid: [2, 1, 1] }));
    expect(gpu).toEqual(interpreter);
    expect(gpu.fault).toEqual({
      code: "kernel/turns",
      message: "this `while` is not done after 500 turns (program 0, 0, 0)",
      span,
    });
  });
});
