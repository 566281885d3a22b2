// The interpreter is the truth here, and only here: the compiler itself never looks at it.
import { runGraph, type TensorValue } from "@tilebook/interp";
import {
  type DType,
  type Graph,
  type ReduceName,
  reduceNames,
  sizeOf,
  verifyGraph,
  verifyTile,
} from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { type Config, portableTarget, type Target } from "../program.ts";
import { GraphMaker } from "../testing/graphs.ts";
import { normalisedError, randomNumbers } from "../testing/numbers.ts";
import { runOnGpu } from "../testing/run-program.ts";
import { compileGraph } from "./compile-graph.ts";

const processor: Target = { ...portableTarget, processor: true };

/** Rows in so many parts, of so many elements at a time. */
const inParts = (parts: number, block = 64): Config => ({ blocks: { block, parts } });

interface Row {
  readonly op: ReduceName;
  readonly shape: readonly number[];
  readonly axis?: number;
  readonly dtype?: DType;
}

/** A reduction of an input, with a map before it where it is one of floats. */
function reduction({ op, shape, axis = shape.length - 1, dtype = "f32" }: Row): Graph {
  const g = new GraphMaker();
  const x = g.input("x", shape, dtype);
  const graph = g.graph([g.reduce(op, dtype === "f32" ? g.unary("neg", x) : x, axis)]);
  verifyGraph(graph);
  return graph;
}

function truth(row: Row, values: readonly number[]): readonly number[] {
  const { shape, dtype = "f32" } = row;
  const x: TensorValue = { type: { dtype, shape }, values: Float64Array.from(values) };
  return Array.from(runGraph(reduction(row), new Map([["x", x]]))[0] ?? []);
}

async function found(
  row: Row,
  values: readonly number[],
  config: Config,
  target: Target = portableTarget,
): Promise<readonly number[]> {
  const { program, outputs } = await runOnGpu(reduction(row), new Map([["x", values]]), {
    target,
    choose: () => config,
  });
  for (const { tile } of program.kernels) verifyTile(tile);
  expect(program.dispatches).toHaveLength(config.blocks?.["parts"] === undefined ? 1 : 2);
  return outputs[0] ?? [];
}

function waysOf(shape: readonly number[], target: Target): readonly Config[] {
  const { choice } = compileGraph(reduction({ op: "sum", shape }), target).dispatches[0] ?? {};
  return choice?.configs ?? [];
}

/** In how many parts a sum goes that nobody has measured. */
function firstOf(shape: readonly number[], target: Target): number | undefined {
  return waysOf(shape, target)[0]?.blocks?.["parts"];
}

describe("rows in parts, by two launches", () => {
  test.each(reduceNames)("[G20] %s of rows of every length gives what the interpreter gives", async (op) => {
    for (const [shape, axis] of [
      [[513], 0],
      [[3, 2048], 1],
      [[2, 515, 3], 1],
    ] as const)
      for (const config of [inParts(8), inParts(4, 256)]) {
        const row = { op, shape, axis };
        const values = randomNumbers(sizeOf(shape), 3).map((x) => (op === "prod" ? 1 + x / 64 : x));
        const wanted = truth(row, values);
        const given = await found(row, values, config);
        if (op.startsWith("arg")) expect(given).toEqual(wanted);
        else expect(normalisedError(given, wanted)).toBeLessThan(1e-10);
      }
  });

  test.each([
    ["sum", [2 ** 16 + 1], portableTarget],
    ["argmax", [2, 2 ** 16], portableTarget],
    ["sum", [2 ** 14 + 1], processor],
    ["argmax", [2, 2 ** 14], processor],
  ] as const)("[G21] every way in parts that is offered for long rows gives the same: %s", async (...row) => {
    const [op, shape, target] = row;
    const values = randomNumbers(sizeOf(shape), 5);
    const wanted = truth({ op, shape }, values);
    const { choice } = compileGraph(reduction({ op, shape }), target).dispatches[0] ?? {};
    const split = (choice?.configs ?? []).filter(({ blocks }) => blocks?.["parts"] !== undefined);
    expect(split).toHaveLength(4);
    for (const config of split) {
      const given = await found({ op, shape }, values, config, target);
      expect(normalisedError(given, wanted)).toBeLessThan(1e-10);
    }
  });

  test("[G27] a card begins with many programs where rows are few and long; a processor with one launch", () => {
    const card: Target = { ...portableTarget, subgroup: 32 };
    expect(firstOf([2 ** 22], card)).toBe(512);
    expect(firstOf([32, 2 ** 16], card)).toBe(16);
    // Short rows, and rows enough for all of the card.
    expect(firstOf([8000], card)).toBeUndefined();
    expect(firstOf([256, 2 ** 16], card)).toBeUndefined();
    expect(firstOf([2 ** 22], processor)).toBeUndefined();
    expect(waysOf([2 ** 22], processor).some(({ blocks }) => blocks?.["parts"] !== undefined)).toBe(true);
    const swiftShader = waysOf([2 ** 22], { ...processor, subgroup: 4 });
    expect(swiftShader.some(({ blocks }) => blocks?.["parts"] !== undefined)).toBe(false);
  });

  test("[G22] of equal elements in several parts the first has its place told", async () => {
    for (const op of ["argmax", "argmin"] as const) {
      const top = op === "argmax" ? -9 : 9;
      const values = Array.from({ length: 1200 }, (_, at) => (at % 300 === 299 ? top : 0));
      expect(await found({ op, shape: [1200] }, values, inParts(8))).toEqual([299]);
      const same = Array.from({ length: 1200 }, () => 1);
      expect(await found({ op, shape: [1200] }, same, inParts(8))).toEqual([0]);
    }
  });

  test.each(reduceNames)("[G23] %s meets NaN and infinities as one launch does", async (op) => {
    const rows = [
      { odd: NaN, places: [700, 1] },
      { odd: Infinity, places: [100, 900] },
      { odd: -Infinity, places: [511, 512] },
    ];
    const values = rows.flatMap(({ odd, places }) =>
      Array.from({ length: 1000 }, (_, at) => (places.includes(at) ? odd : Math.sin(at))),
    );
    const all = Array.from({ length: 1000 }, () => NaN);
    const row = { op, shape: [4, 1000] };
    const given = await found(row, [...values, ...all], inParts(4));
    const wanted = await found(row, [...values, ...all], { blocks: { block: 1024 } });
    if (!["sum", "prod"].includes(op))
      expect(given).toEqual(
        truth(
          row,
          [...values, ...all].map((x) => Math.fround(x)),
        ),
      );
    for (const [at, value] of given.entries()) {
      const other = wanted[at] ?? 0;
      if (Number.isFinite(other)) expect(Math.abs(value - other)).toBeLessThan(1e-3);
      else expect(value).toBe(other);
    }
  });

  test.each(["i32", "u32"] as const)("[G24] %s are whole numbers that wrap", async (dtype) => {
    const values = Array.from({ length: 2001 }, (_, at) => (at * 2654435761) % 2 ** 31);
    for (const op of reduceNames) {
      const row = { op, shape: [2001], dtype };
      expect(await found(row, values, inParts(8))).toEqual(truth(row, values));
    }
  });

  test("[G25] halves are added up in f32, part by part", async () => {
    const values = Array.from({ length: 3000 }, () => 1);
    const row = { op: "sum", shape: [3000], dtype: "f16" } as const;
    expect(await found(row, values, inParts(4))).toEqual([3000]);
    expect(await found({ ...row, op: "max" }, values, inParts(4))).toEqual([1]);
    const { buffers } = compileGraph(reduction(row), portableTarget, { choose: () => inParts(4) });
    expect(buffers.map(({ type }) => type.dtype)).toContain("f32");
  });

  test("[G26] a part that has no elements changes nothing", async () => {
    for (const op of reduceNames) {
      const row = { op, shape: [600] };
      const values = Array.from({ length: 600 }, (_, at) => 1 + ((at * 7) % 5) / 2 ** 12);
      const given = await found(row, values, inParts(32));
      expect(normalisedError(given, truth(row, values))).toBeLessThan(1e-10);
    }
  });
});
