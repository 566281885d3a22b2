import { type Graph, verifyTile } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { portableTarget } from "../program.ts";
import { GraphMaker } from "../testing/graphs.ts";
import { compileGraph } from "./compile-graph.ts";
import { SteadyNumbers } from "./steady-numbers.ts";

function scaled(count: number, by: number): Graph {
  const g = new GraphMaker();
  const x = g.input("x", [count]);
  return g.graph([g.unary("exp", g.binary("mul", x, g.fill(by, [count])))]);
}

const large = 2 ** 20;

interface Compiled {
  readonly text: string;
  readonly scalars: readonly number[];
  /** What the tuner knows it by. */
  readonly key: string | undefined;
}

function compiled(graph: Graph, numbers?: SteadyNumbers): Compiled {
  const { kernels, dispatches } = compileGraph(
    graph,
    portableTarget,
    numbers === undefined ? {} : { numbers },
  );
  for (const { tile } of kernels) verifyTile(tile);
  return {
    text: kernels.map(({ wgsl }) => wgsl).join("\n"),
    scalars: dispatches.flatMap(({ scalars }) => scalars),
    key: dispatches[0]?.choice?.key,
  };
}

describe("numbers that never changed are constants of large maps and folds", () => {
  test("[N1] a number stands in the code until it changes once; from then on it is a parameter, and nothing is compiled", () => {
    const numbers = new SteadyNumbers();
    const at = (value: number): Compiled => compiled(scaled(large, value), numbers);
    const first = at(0.5);
    expect(first.text).toContain("0.5");
    expect(first.scalars).toEqual([large]);
    expect(at(0.5)).toEqual(first);
    const moved = at(0.75);
    expect(moved.text).not.toContain("0.75");
    expect(moved.scalars).toEqual([large, 0.75]);
    expect(at(0.875).text).toBe(moved.text);
    expect(at(0.5)).toEqual({ ...moved, scalars: [large, 0.5] });
  });

  test("[N2] the tuner knows both by one key", () => {
    const numbers = new SteadyNumbers();
    const [first, moved] = [0.5, 0.75].map((value) => compiled(scaled(large, value), numbers));
    expect(first?.text).not.toBe(moved?.text);
    expect(first?.key).toBe(moved?.key);
  });

  test("[N3] where there is little to do, numbers are parameters at once, and so they are without a memory", () => {
    expect(compiled(scaled(1024, 0.5), new SteadyNumbers()).scalars).toEqual([1024, 0.5]);
    expect(compiled(scaled(large, 0.5)).scalars).toEqual([large, 0.5]);
  });

  test("[N4] 0 and -0 are two numbers, NaN is one", () => {
    const numbers = new SteadyNumbers();
    expect(numbers.isSteady("zero", [0])).toBe(true);
    expect(numbers.isSteady("zero", [-0])).toBe(false);
    expect(numbers.isSteady("zero", [0])).toBe(false);
    expect(numbers.isSteady("nan", [NaN])).toBe(true);
    expect(numbers.isSteady("nan", [NaN])).toBe(true);
  });

  test("[N5] a kernel that was forgotten is new", () => {
    const numbers = new SteadyNumbers();
    numbers.isSteady("old", [1]);
    expect(numbers.isSteady("old", [2])).toBe(false);
    for (let at = 0; at < 512; at++) numbers.isSteady(`other ${at}`, [at]);
    expect(numbers.isSteady("old", [3])).toBe(true);
  });
});
