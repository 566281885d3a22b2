import { Fault, positionAt } from "@tilebook/base";
import { assert, nat, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { TileBuilder } from "../builder.ts";
import type { Graph } from "../graph.ts";
import { randomKernel } from "../testing/random-kernel.ts";
import type { TileKernel } from "../tile.ts";
import { walkOps } from "../walk.ts";
import { printGraph } from "./print-graph.ts";
import { printTile, printTileLines } from "./print-tile.ts";
import { readTile } from "./read-tile.ts";

const span = { source: "cell", start: 10, end: 20 };

/** The kernel without spans, which are no part of the text. */
function bare(kernel: TileKernel): unknown {
  const drop = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(drop);
    if (typeof value !== "object" || value === null) return value;
    const kept = Object.entries(value).filter(([key]) => key !== "span");
    return Object.fromEntries(kept.map(([key, item]) => [key, drop(item)]));
  };
  return drop(kernel);
}

function outcome(read: () => unknown): string {
  try {
    read();
    return "read";
  } catch (error) {
    return error instanceof Fault ? error.code : `not a Fault: ${String(error)}`;
  }
}

function small(): TileKernel {
  const b = new TileBuilder("small");
  const x = b.pointer("x", "f32");
  const n = b.scalar("n", "i32");
  const lanes = b.arange(0, 4, { label: "lanes", span });
  const mask = b.binary("lt", lanes, b.broadcast(n, [4]), { label: "mask" });
  const zero = b.const(0, "i32");
  const [sum = -1] = b.forLoop(
    { lower: zero, upper: n, step: 4, indexLabel: "i" },
    [{ init: b.full([4], -Infinity, "f32"), label: "s" }],
    (_, [s = -1]) => [b.binary("max", s, b.load({ pointer: x, offset: lanes, mask }, { span }))],
  );
  const yes = b.binary("gt", n, zero);
  const [out = -1] = b.ifElse(yes, { whenTrue: () => [sum], whenFalse: () => [b.full([4], 0.5, "f32")] });
  b.store({ pointer: x, offset: lanes, value: out, mask });
  return b.finish();
}

const smallText = `kernel small(%x.0: ptr<f32, readwrite>, %n.1: i32) {
  %lanes.2: i32[4] = arange 0 4
  %3: i32[4] = broadcast %n.1
  %mask.4: bool[4] = lt %lanes.2, %3
  %5: i32 = const 0
  %6: f32 = const -inf
  %7: f32[4] = broadcast %6
  %s.12: f32[4] = for %i.8 = %5 to %n.1 step 4 carry %s.9 = %7 {
    %10: f32[4] = load %x.0[%lanes.2], mask %mask.4
    %11: f32[4] = max %s.9, %10
    yield %11
  }
  %13: bool = gt %n.1, %5
  %16: f32[4] = if %13 {
    yield %s.12
  } else {
    %14: f32 = const 0.5
    %15: f32[4] = broadcast %14
    yield %15
  }
  store %x.0[%lanes.2], %16, mask %mask.4
}
`;

describe("the text of Tile IR", () => {
  test("[P1] one op a line, names with their ids", () => {
    expect(printTile(small())).toBe(smallText);
  });
  test("[P2] reading what was printed gives the kernel back, spans aside", () => {
    assert(
      property(nat(), (seed) => {
        const kernel = randomKernel(seed);
        expect(readTile(printTile(kernel))).toEqual(bare(kernel));
      }),
      { numRuns: 100 },
    );
  });
  test("[P3] every line has the span of its op", () => {
    const { text, spans } = printTileLines(small());
    const lines = text.trimEnd().split("\n");
    expect(spans).toHaveLength(lines.length);
    const withSpan = lines
      .filter((_, place) => spans[place] !== undefined)
      .map((line) => line.trim().split(" ")[3]);
    expect(withSpan).toEqual(["arange", "load"]);
  });
  test("[P4] with a source, ops point at their own lines of the text", () => {
    const places: string[] = [];
    walkOps(readTile(smallText, "ir").body, (op) => {
      const line = op.span === undefined ? -1 : positionAt(smallText, op.span.start).line;
      places.push(`${line}:${op.kind}`);
    });
    expect(places).toContain("8:for");
    expect(places).toContain("9:load");
    expect(places.at(-1)).toBe("21:store");
  });
  test("[P5] a text that is no kernel is refused with its place", () => {
    const cases = [
      "",
      "kernel",
      "kernel k() {",
      "kernel k() { %0 = const 1 }",
      "kernel k() { %0: f33 = const 1 }",
      "kernel k() { } }",
    ];
    for (const text of [
      ...cases,
      smallText.replace("-inf", "minus"),
      smallText.replace("yield %11", "yield %11, %10"),
    ])
      expect(() => readTile(text)).toThrow(
        expect.objectContaining({ code: "text/syntax", span: expect.anything() }),
      );
  });
  test("[P6] a text with words missing or doubled never breaks the reader in another way", () => {
    const words = smallText.split(/(?<=\s)/);
    const place = nat(words.length - 1);
    const check = property(place, place, (gone, doubled) => {
      const changed = words.map((word, at) => (at === gone ? "" : at === doubled ? word + word : word));
      expect(outcome(() => readTile(changed.join("")))).toMatch(/^(read|text\/syntax)$/);
    });
    assert(check, { numRuns: 500 });
  });
  test("[P7] deep nesting is refused, not overflowed", () => {
    const text = `kernel k(%n.0: i32) { ${"for %1 = %0 to %0 step 1 { ".repeat(50_000)}`;
    expect(() => readTile(text)).toThrow(expect.objectContaining({ code: "text/syntax" }));
  });
});

describe("the text of graphs", () => {
  test("[P8] one node a line, then the kernels", () => {
    const type = { dtype: "f32", shape: [4] } as const;
    const graph: Graph = {
      nodes: [
        { kind: "input", tensor: "t1", type },
        { kind: "unary", op: "exp", input: 0, type },
        {
          kind: "tileCall",
          launch: {
            kernel: 0,
            grid: [1, 1, 1],
            arguments: [
              { kind: "output", index: 0 },
              { kind: "scalar", value: 4 },
            ],
          },
          outputs: [type],
          type,
        },
        { kind: "reduce", op: "sum", input: 2, axis: 0, type: { dtype: "f32", shape: [1] } },
      ],
      kernels: [small()],
      outputs: [3, 1],
    };
    expect(printGraph(graph)).toBe(`graph {
  %0: f32[4] = input "t1"
  %1: f32[4] = exp %0
  %2: f32[4] = launch by small grid [1, 1, 1] (out 0, 4)
  %3: f32[1] = reduce sum %2 axis 0
  return %3, %1
}
${smallText}`);
  });
});
