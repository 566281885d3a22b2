import { Fault, type Random, seeded } from "@tilebook/base";
import { assert, nat, property } from "fast-check";
import { describe, expect, test } from "vitest";
import type { Graph } from "../graph.ts";
import type { Layout } from "../layout.ts";
import { randomKernel } from "../testing/random-kernel.ts";
import { printGraph } from "../text/print-graph.ts";
import { printTile } from "../text/print-tile.ts";
import { readTile } from "../text/read-tile.ts";
import { tileBounds } from "../verify/tile.ts";
import { decodeGraph, encodeGraph } from "./graph.ts";
import { decodeTile, encodeTile } from "./tile.ts";

function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function smallGraph(): Graph {
  const type = { dtype: "f32", shape: [4] } as const;
  return {
    nodes: [
      { kind: "input", tensor: "t1", type },
      { kind: "fill", value: -Infinity, type },
      { kind: "binary", op: "max", left: 0, right: 1, type, span: { source: "cell", start: 0, end: 3 } },
      { kind: "reshape", input: 2, type: { dtype: "f32", shape: [2, 2] } },
      {
        kind: "attention",
        q: 3,
        k: 3,
        v: 3,
        scale: 0.5,
        causal: true,
        tokensFirst: false,
        type: { dtype: "f32", shape: [2, 2] },
      },
      {
        kind: "tileCall",
        launch: {
          kernel: 0,
          grid: [2, 1, 1],
          arguments: [
            { kind: "output", index: 0 },
            { kind: "scalar", value: Infinity },
          ],
        },
        outputs: [type],
        type,
      },
      { kind: "result", call: 5, index: 0, type },
    ],
    kernels: [
      {
        name: "fill",
        params: [
          { kind: "pointer", name: "y", value: 0, dtype: "f32", access: "write" },
          { kind: "scalar", name: "s", value: 1, dtype: "f32" },
        ],
        body: [
          { kind: "const", value: 0, result: 2, type: { dtype: "i32", shape: [] } },
          { kind: "store", pointer: 0, offset: 2, value: 1 },
        ],
      },
    ],
    outputs: [6, 4],
  };
}

/** Every object and array of a JSON value, the value itself first. */
function containers(value: unknown): object[] {
  if (typeof value !== "object" || value === null) return [];
  return [value, ...Object.values(value).flatMap(containers)];
}

const junk: readonly unknown[] = [
  null,
  true,
  "",
  "nan",
  "for",
  "__proto__",
  -1,
  0,
  1,
  2,
  3,
  1.5,
  1e9,
  2 ** 31,
  2 ** 53,
  1e308,
  [],
  {},
  [[]],
  { kind: "for" },
];

/** Changes a JSON value in a few random places: fields replaced, removed, swapped with others or doubled. */
function mutate(value: unknown, random: Random): unknown {
  const below = (count: number): number => Math.floor(random() * count);
  const copy = structuredClone(value);
  for (let times = 1 + below(3); times > 0; times--) {
    const places = containers(copy);
    const place = places[below(places.length)] ?? {};
    const keys = Object.keys(place);
    const key = keys[below(keys.length)];
    if (key === undefined) continue;
    const other = structuredClone(places[below(places.length)]);
    const how = below(4);
    if (how === 0) Reflect.deleteProperty(place, key);
    else if (how === 1) Reflect.set(place, key, other);
    else if (how === 2 && Array.isArray(place)) place.push(structuredClone(place[Number(key)]));
    else Reflect.set(place, key, junk[below(junk.length)]);
  }
  return copy;
}

/** "valid", or the code of the Fault; any other throw, failed expectations included, goes through. */
function outcome(run: () => void): string {
  try {
    run();
    return "valid";
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
}

function kernelOf(value: unknown): unknown {
  const op = { kind: "const", value, result: 0, type: { dtype: "f32", shape: [] } };
  return { name: "k", params: [], body: [op] };
}

describe("JSON of kernels", () => {
  test("[J1] a kernel comes back equal, with its spans, infinities, NaN and -0", () => {
    const check = property(nat(), (seed) => {
      const kernel = randomKernel(seed);
      const decoded = decodeTile(throughJson(encodeTile(kernel)));
      expect(decoded).toEqual(kernel);
      expect(printTile(decoded)).toBe(printTile(kernel));
    });
    assert(check, { numRuns: 60 });
  });
  test("[J2] mutated JSON gives a verified kernel or a Fault with a code, nothing else", () => {
    const seen = new Set<string>();
    const check = property(nat(), nat(), (seed, change) => {
      const code = outcome(() => {
        const kernel = decodeTile(mutate(encodeTile(randomKernel(seed)), seeded(change)));
        expect(readTile(printTile(kernel)).body).toHaveLength(kernel.body.length);
      });
      seen.add(code);
    });
    assert(check, { numRuns: 500, seed: 7 });
    expect([...seen]).toEqual(
      expect.arrayContaining(["valid", "decode/type", "decode/range", "tile/T4", "tile/value"]),
    );
  });
  test("[J3] unknown fields and prototypes do not come through", () => {
    const json = JSON.parse(
      '{"name":"k","params":[],"body":[],"extra":1,"__proto__":{"polluted":1}}',
    ) as unknown;
    expect(Object.keys(decodeTile(json))).toEqual(["name", "params", "body"]);
    expect(Object.getPrototypeOf(decodeTile(json))).toBe(Object.prototype);
  });
  test("[J4] too many ops and too deep nesting are refused without overflow", () => {
    const op = { kind: "const", value: 0, result: 0, type: { dtype: "i32", shape: [] } };
    const wide = { name: "k", params: [], body: Array.from({ length: tileBounds.ops + 1 }, () => op) };
    expect(outcome(() => decodeTile(wide))).toBe("decode/range");
    const cycle: {
      kind: string;
      condition: number;
      whenTrue: unknown[];
      whenFalse: unknown[];
      joined: unknown[];
    } = {
      kind: "if",
      condition: 0,
      whenTrue: [],
      whenFalse: [],
      joined: [],
    };
    cycle.whenTrue.push(cycle);
    expect(outcome(() => decodeTile({ name: "k", params: [], body: [cycle] }))).toBe("decode/range");
    cycle.whenFalse.push(cycle);
    expect(outcome(() => decodeTile({ name: "k", params: [], body: [cycle] }))).toBe("decode/range");
  });
  test("[J5] only numbers that JSON cannot hold may be strings", () => {
    for (const value of ["inf", "-inf", "nan", "-0", 1, 1e308])
      expect(outcome(() => decodeTile(kernelOf(value)))).toBe("valid");
    for (const value of ["1", "Infinity", "", "1e999", null])
      expect(outcome(() => decodeTile(kernelOf(value)))).toBe("decode/type");
  });
});

describe("JSON of graphs", () => {
  test("[J6] a graph comes back equal", () => {
    expect(decodeGraph(throughJson(encodeGraph(smallGraph())))).toEqual(smallGraph());
  });
  test("[J8] a wish of a layout comes back, and one that is none is refused", () => {
    const type = { dtype: "f32", shape: [4] } as const;
    const placed = (layout: object): Graph => ({
      nodes: [
        { kind: "iota", type },
        { kind: "reshape", input: 0, type, placed: { mesh: "m1", layout: layout as Layout } },
      ],
      kernels: [],
      outputs: [1],
    });
    const layouts = [
      { kind: "split", axis: 0 },
      { kind: "broadcast" },
      { kind: "partial", op: "max" },
      { kind: "at", rank: 3 },
    ];
    for (const layout of layouts)
      expect(decodeGraph(throughJson(encodeGraph(placed(layout))))).toEqual(placed(layout));
    for (const bad of [{ kind: "at" }, { kind: "at", rank: -1 }, { kind: "partial", op: "mean" }, {}])
      expect(outcome(() => decodeGraph(throughJson(encodeGraph(placed(bad)))))).toMatch(/^decode\//);
  });
  test("[J7] mutated JSON gives a verified graph or a Fault with a code, nothing else", () => {
    const seen = new Set<string>();
    const check = property(nat(), (change) => {
      const code = outcome(() => {
        const graph = decodeGraph(mutate(encodeGraph(smallGraph()), seeded(change)));
        expect(printGraph(graph)).toMatch(/^graph/);
      });
      seen.add(code);
    });
    assert(check, { numRuns: 2000, seed: 7 });
    expect([...seen]).toEqual(
      expect.arrayContaining(["valid", "decode/type", "graph/G1", "graph/G3", "graph/launch"]),
    );
  });
});
