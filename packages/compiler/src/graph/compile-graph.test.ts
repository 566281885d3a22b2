import { type Graph, printTile, readTile, type TileKernel, verifyGraph, verifyTile } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { messageBytes } from "../messages.ts";
import { portableTarget, type Program } from "../program.ts";
import { agrees } from "../testing/agrees.ts";
import { GraphMaker } from "../testing/graphs.ts";
import { runTiles } from "../testing/run-tiles.ts";
import { compileGraph } from "./compile-graph.ts";

function compiled(graph: Graph): Program {
  verifyGraph(graph);
  const program = compileGraph(graph, portableTarget);
  for (const { tile } of program.kernels) verifyTile(tile);
  return program;
}

/** The Tile IR of a graph's only kernel, an op a line, without its head. */
function tileOf(graph: Graph): readonly string[] {
  const { kernels } = compiled(graph);
  expect(kernels).toHaveLength(1);
  return kernels
    .flatMap(({ tile }) => printTile(tile).trimEnd().split("\n").slice(1, -1))
    .map((line) => line.trim());
}

/** A program, a dispatch a line: kernel, programs, buffers (by their tensor or their number and role). */
function planOf({ dispatches, kernels, buffers }: Program): readonly string[] {
  const spell = (place: number): string =>
    buffers[place]?.tensor ?? `${buffers[place]?.role === "temporary" ? "" : buffers[place]?.role}#${place}`;
  return dispatches.map(
    ({ kernel, grid, buffers: bound }) =>
      `${kernels[kernel]?.name} ${grid[0] * grid[1] * grid[2]}: ${bound.map(spell).join(" ")}`,
  );
}

/** Where a tile of 1,024 elements lies, and which of them there are. */
const place = [
  "%0: i32 = programId 0",
  "%1: i32 = const 1024",
  "%2: i32 = mul %0, %1",
  "%3: i32[1024] = broadcast %2",
  "%4: i32[1024] = arange 0 1024",
  "%5: i32[1024] = add %3, %4",
  "%7: i32[1024] = broadcast %count.6",
  "%8: bool[1024] = lt %5, %7",
];

describe("graphs become kernels", () => {
  test("[T9] a reshape that several kernels read is kept as what it is a reshape of", () => {
    const g = new GraphMaker();
    const x = g.input("x", [6, 2]);
    const flat = g.reshape(g.unary("exp", g.unary("sin", x)), [3, 4]);
    const rows = [0, 1].map((axis) => g.reduce("sum", flat, axis));
    expect(compiled(g.graph(rows)).dispatches).toHaveLength(3);
  });

  test("[T1] a chain of maps is computed tile by tile; fill values are parameters", () => {
    const g = new GraphMaker();
    const doubled = g.binary("mul", g.input("x", [300]), g.fill(2, [300]));
    expect(tileOf(g.graph([g.unary("exp", doubled)]))).toEqual([
      ...place,
      "%10: f32[1024] = load %t0.9[%5], mask %8",
      "%12: f32[1024] = broadcast %n0_value.11",
      "%13: f32[1024] = mul %10, %12",
      "%14: f32[1024] = exp %13",
      "store %out.15[%5], %14, mask %8",
    ]);
  });

  test("[T2] a view is other places of the same buffer; sizes are parameters", () => {
    const g = new GraphMaker();
    const turned = g.permute(g.input("x", [4, 5]), [1, 0]);
    expect(tileOf(g.graph([g.unary("neg", turned)]))).toEqual([
      ...place,
      "%10: i32[1024] = broadcast %n0_size1.9",
      "%11: i32[1024] = mod %5, %10",
      "%12: i32[1024] = broadcast %n0_size1.9",
      "%13: i32[1024] = idiv %5, %12",
      "%16: i32[1024] = broadcast %n1_size1.15",
      "%17: i32[1024] = mul %11, %16",
      "%18: i32[1024] = add %17, %13",
      "%19: f32[1024] = load %t0.14[%18], mask %8",
      "%20: f32[1024] = neg %19",
      "store %out.21[%5], %20, mask %8",
    ]);
  });

  test("[T10] what is computed alike at two places of a graph is one kernel", () => {
    const g = new GraphMaker();
    const half = (name: string): number => {
      const x = g.unary("sqrt", g.input(name, [8, 5]));
      return g.reduce("sum", g.binary("mul", x, g.fill(0.5, [8, 5])), 1);
    };
    const { kernels, dispatches } = compiled(g.graph([half("x"), half("y")]));
    expect([new Set(kernels.map(({ wgsl }) => wgsl)).size, dispatches.length]).toEqual([1, 2]);
  });

  test("[T11] a matrix by which all others are multiplied is not repeated: one product of all rows", () => {
    const g = new GraphMaker();
    const wide = (x: number): number => g.broadcast(g.reshape(x, [1, 6, 7]), [9, 6, 7]);
    const made = g.unary("exp", g.input("w", [6, 7]));
    const product = g.matmul(g.input("x", [9, 5, 6]), wide(made));
    const { buffers, dispatches } = compiled(g.graph([product]));
    expect(buffers.map(({ type }) => type.shape)).toContainEqual([6, 7]);
    expect(buffers.map(({ type }) => type.shape)).not.toContainEqual([9, 6, 7]);
    expect(dispatches.at(-1)?.scalars.slice(0, 3)).toEqual([45, 7, 6]);
  });

  test("[T3] a reduction computes the maps before it, a turn an element", () => {
    const g = new GraphMaker();
    const total = g.reduce("sum", g.unary("exp", g.input("x", [300, 4])), 1);
    const lines = tileOf(g.graph([total]));
    expect(lines.slice(lines.findIndex((line) => line.includes(" for ")))).toEqual([
      "%total.26: f32[64] = for %i.14 = %10 to %length.11 step 1 carry %total.15 = %13 {",
      "%16: i32[64] = broadcast %i.14",
      "%19: i32[64] = broadcast %n0_size1.18",
      "%20: i32[64] = mul %5, %19",
      "%21: i32[64] = add %20, %16",
      "%22: f32[64] = load %t0.17[%21], mask %8",
      "%23: f32[64] = exp %22",
      "%24: i32[64] = broadcast %i.14",
      "%25: f32[64] = add %total.15, %23",
      "yield %25",
      "}",
      "store %out.27[%5], %total.26, mask %8",
    ]);
  });

  test("[T4] softmax of columns: what two kernels read is kept, a map is not", () => {
    const g = new GraphMaker();
    const shape = [2000, 8];
    const x = g.unary("abs", g.unary("sin", g.input("x", shape)));
    const e = g.unary("exp", g.binary("sub", x, g.broadcast(g.reduce("max", x, 0), shape)));
    const program = compiled(g.graph([g.binary("div", e, g.broadcast(g.reduce("sum", e, 0), shape))]));
    expect(planOf(program)).toEqual([
      "map_abs 16: x #1",
      "reduce_max_rows 8: #1 #2",
      "map_exp 16: #1 #2 #3",
      "reduce_sum_rows 8: #3 #4",
      "map_div 16: #3 #4 output#5",
    ]);
  });

  test("[T5] equal kernels are one; products and launches have a kernel each", () => {
    const g = new GraphMaker();
    const [a, b] = [g.input("a", [40, 30]), g.input("b", [30, 20])];
    const product = g.matmul(a, b);
    const [one, two] = [g.unary("tanh", product), g.unary("tanh", g.input("c", [40, 20]))];
    const program = compiled(g.graph([one, two, product]));
    expect(planOf(program)).toEqual([
      "matmul 2: a b output#2",
      "map_tanh 1: output#2 output#3",
      "map_tanh 1: c output#5",
    ]);
    expect(program.kernels).toHaveLength(2);
  });
});

/** Prints and asserts. */
function speaking(): TileKernel {
  const text = [
    "kernel speaks(%x.0: ptr<f32, read>, %y.1: ptr<f32, write>) {",
    "  %2: i32[4] = arange 0 4",
    "  %3: f32[4] = load %x.0[%2]",
    "  %4: bool[4] = eq %3, %3",
    '  print "it is" %3',
    '  assert "no NaN" %4',
    "  store %y.1[%2], %3",
    "}",
    "",
  ];
  return readTile(text.join("\n"), "cell");
}

/** The plan of a launch whose program takes `n` turns, for a device that cuts loops after 500. */
function planOfTurns(n: number): readonly string[] {
  const text = [
    "kernel counts(%y.0: ptr<i32, write>, %n.1: i32) {",
    "  %2: i32 = const 0",
    "  %3: i32 = for %4 = %2 to %n.1 step 1 carry %5 = %2 {",
    "    %6: i32 = add %5, %4",
    "    yield %6",
    "  }",
    "  store %y.0[%2], %3",
    "}",
    "",
  ];
  const g = new GraphMaker();
  const type = { dtype: "i32", shape: [1] } as const;
  const given = [{ kind: "output", index: 0 } as const, { kind: "scalar", value: n } as const];
  const call = g.call({ kernel: 0, grid: [1, 1, 1], arguments: given }, [type]);
  const graph = g.graph([g.result(call, 0, type)], [readTile(text.join("\n"), "cell")]);
  return planOf(compileGraph(graph, { ...portableTarget, loopTurns: 500 }));
}

describe("what is said of kernels", () => {
  test("[T8] a program says once which loops of its kernels were shortened", () => {
    const text = [
      "kernel k(%y.0: ptr<f32, write>, %n.1: i32) {",
      "  %2: i32 = programId 0",
      "  %3: i32 = const 0",
      "  %4: f32 = const 0",
      "  %5: f32 = const 1",
      "  %6: f32 = for %j.7 = %3 to %n.1 step 1 carry %sum.8 = %4 {",
      "    %9: bool = le %j.7, %2",
      "    %10: f32 = select %9, %5, %4",
      "    %11: f32 = add %sum.8, %10",
      "    yield %11",
      "  }",
      "  store %y.0[%2], %6",
      "}",
    ].join("\n");
    const g = new GraphMaker();
    const type = { dtype: "f32", shape: [8] } as const;
    const given = [{ kind: "output", index: 0 } as const, { kind: "scalar", value: 8 } as const];
    const call = (): number => g.call({ kernel: 0, grid: [8, 1, 1], arguments: given }, [type]);
    const results = [call(), call()].map((id) => g.result(id, 0, type));
    expect(compiled(g.graph(results, [readTile(text, "cell")])).remarks.map(({ code }) => code)).toEqual([
      "loop/shortened",
    ]);
  });
});

/** Adds 1 to all of its output. */
const raising = [
  "kernel raise(%y.0: ptr<f32, readwrite>) {",
  "  %1: i32 = programId 0",
  "  %2: f32 = load %y.0[%1]",
  "  %3: f32 = const 1",
  "  %4: f32 = add %2, %3",
  "  store %y.0[%1], %4",
  "}",
].join("\n");

const raisedPlan = async (g: GraphMaker, outputs: readonly number[]): Promise<readonly string[]> =>
  planOf(await agrees(g.graph(outputs, [readTile(raising, "cell")]), { run: runTiles, most: 1e-20 }));

describe("a launch whose output begins as a tensor", () => {
  const type = { dtype: "f32", shape: [4] } as const;
  const raised = (g: GraphMaker, from: number, over?: boolean): number => {
    const start = { from, ...(over === undefined ? {} : { over }) };
    const given = [{ kind: "output", index: 0, ...start } as const];
    return g.result(g.call({ kernel: 0, grid: [4, 1, 1], arguments: given }, [type]), 0, type);
  };
  test("[T14] goes on in the buffer of what no one else reads, one launch after the other", async () => {
    const g = new GraphMaker();
    const made = g.reduce("sum", g.input("x", [5, 4]), 0);
    const twice = raised(g, raised(g, g.reshape(made, [4])));
    expect((await raisedPlan(g, [twice])).slice(1)).toEqual(["raise 4: output#1", "raise 4: output#1"]);
  });

  test("[T15] takes the memory of a tensor where it may, and copies it where it may not", async () => {
    const taking = new GraphMaker();
    expect(await raisedPlan(taking, [raised(taking, taking.input("x", [4]), true)])).toEqual([
      "raise 4: output#1",
    ]);
    const plain = new GraphMaker();
    expect((await raisedPlan(plain, [raised(plain, plain.input("x", [4]))])).length).toBe(2);
    const read = new GraphMaker();
    const x = read.input("x", [4]);
    expect((await raisedPlan(read, [raised(read, x, true), read.unary("exp", x)])).length).toBe(3);
    const given = new GraphMaker();
    const y = given.input("y", [4]);
    expect((await raisedPlan(given, [raised(given, y, true), y])).length).toBe(2);
    const named = new GraphMaker();
    const [a, b] = [named.input("z", [4]), named.input("z", [4])];
    expect((await raisedPlan(named, [raised(named, a, true), named.unary("exp", b)])).length).toBe(3);
  });
});

describe("devices that cut loops", () => {
  test("[T7] a launch is watched when its numbers do not say that its loops are short", () => {
    expect(planOfTurns(499)).toEqual(["counts 1: output#0"]);
    expect(planOfTurns(501)).toEqual(["counts 1: output#0 messages#1"]);
  });
});

describe("messages of kernels in a graph", () => {
  test("[T13] steps that each read the one before at three places are few steps a kernel, not 3 to the power of their number", () => {
    const g = new GraphMaker();
    let u = g.input("u", [64]);
    for (let step = 0; step < 30; step++) {
      const [left, right] = [1, 63].map((by) => {
        const front = g.paste(g.slice(u, [by], [64 - by]), g.fill(0, [64]), [0]);
        return g.paste(g.slice(u, [0], [by]), front, [64 - by]);
      });
      u = g.binary("add", u, g.binary("sub", left ?? u, right ?? u));
    }
    const { dispatches, kernels, remarks } = compiled(g.graph([u]));
    expect(dispatches.length).toBeLessThanOrEqual(30);
    expect(Math.max(...kernels.map(({ tile }) => printTile(tile).split("\n").length))).toBeLessThan(2000);
    expect(new Set(remarks.map(({ code }) => code))).toContain("fusion/size");
  });

  test("[T14] a reshape to the same shape is the same place: what is read through it and beside it is computed once", () => {
    const g = new GraphMaker();
    let p = g.input("p", [2]);
    for (let step = 0; step < 20; step++) p = g.binary("sub", p, g.unary("sin", g.reshape(p, [2])));
    const [kernel] = compiled(g.graph([p])).kernels;
    expect(kernel === undefined ? 0 : printTile(kernel.tile).split("\n").length).toBeLessThan(80);
  });

  test("[T16] a fold that is wanted in two forms is copied once, whichever of them comes first", () => {
    const g = new GraphMaker();
    const sums = g.reduce("sum", g.input("x", [20, 600]), 1);
    const flat = g.reshape(sums, [20]);
    for (const wanted of [
      [sums, flat],
      [flat, sums],
    ]) {
      const { dispatches, buffers } = compiled(g.graph(wanted));
      expect(dispatches).toHaveLength(2);
      expect(buffers.filter(({ role }) => role === "output")).toHaveLength(2);
    }
  });

  test("[T12] a chain as long as graphs may be is split, also before, behind and between products", () => {
    const g = new GraphMaker();
    const longer = (from: number, n: number): number => {
      let at = from;
      for (let step = 0; step < n; step++) at = g.unary("sin", at);
      return at;
    };
    const product = g.matmul(longer(g.input("x", [4, 4]), 3300), g.input("y", [4, 4]));
    const scores = longer(product, 3300);
    const folded = g.binary("sub", scores, g.broadcast(g.reduce("max", scores, 1), [4, 4]));
    const { kernels } = compiled(g.graph([longer(g.matmul(folded, product), 3300)]));
    expect(kernels.length).toBeLessThan(20);
  });

  test("[T6] each launch has a message buffer of its own, all zero, behind its other buffers", () => {
    const g = new GraphMaker();
    const type = { dtype: "f32", shape: [4] } as const;
    const said = (of: number): number => {
      const given = [{ kind: "node", node: of } as const, { kind: "output", index: 0 } as const];
      return g.result(g.call({ kernel: 0, grid: [1, 1, 1], arguments: given }, [type]), 0, type);
    };
    const program = compiled(g.graph([said(said(g.input("x", [4])))], [speaking()]));
    expect(planOf(program)).toEqual(["speaks 1: x #1 messages#2", "speaks 1: #1 output#3 messages#4"]);
    const messages = program.buffers.filter(({ role }) => role === "messages");
    expect(messages).toEqual(
      Array.from({ length: 2 }, () => ({
        type: { dtype: "u32", shape: [messageBytes / 4] },
        bytes: messageBytes,
        role: "messages",
        zeroed: true,
      })),
    );
    const [kernel] = program.kernels;
    expect(kernel?.bindings.map(({ name }) => name)).toEqual(["x", "y", "messages"]);
    expect(kernel?.sites.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      "print it is",
      "assert no NaN",
    ]);
  });
});
