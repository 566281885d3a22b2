import {
  type BinaryName,
  binaryDTypes,
  type BufferDType,
  type DType,
  dtypeInfo,
  dtypes,
  packedDTypes,
  packedInfo,
  reduceNames,
  TileBuilder,
  type TileKernel,
  unaryDTypes,
  type UnaryName,
  type ValueId,
} from "@tilebook/ir";
import { lowerKernel } from "@tilebook/lang";
import type { Given } from "./job.ts";
import type { EngineName } from "./open.ts";

/** A kernel on edge values. */
export interface EdgeCase {
  readonly name: string;
  readonly kernel: TileKernel;
  readonly grid: readonly [number, number, number];
  readonly arguments: readonly Given[];
  /** Turns of loops that its first program takes, where those are many. */
  readonly turns?: number;
  /** What an element of the buffers of `dtype` is the result of, where the case has many. */
  readonly asked?: (dtype: BufferDType, element: number) => Asked | undefined;
}

/** An op, and what it was given. */
export interface Asked {
  readonly op: string;
  readonly given: readonly number[];
}

/** What the language leaves open (docs/tile-language.md, "Arithmetic"): SwiftShader's exp forgets NaN. */
export const mayDiffer: Record<EngineName, (asked: Asked) => boolean> = {
  chromium: ({ op, given: [x] }) => (op === "exp" || op === "exp2") && Number.isNaN(x),
  firefox: () => false,
};

const [inf, nan, most, least] = [Infinity, NaN, 2 ** 31 - 1, -(2 ** 31)];

const wholeEdges = [
  0,
  1,
  -1,
  2,
  -2,
  3,
  7,
  -7,
  31,
  32,
  33,
  63,
  -32,
  100,
  65_535,
  65_537,
  most,
  least,
  least + 1,
];

/** Where engines differ from each other, or might. */
const edges: Record<DType, readonly number[]> = {
  f32: [
    0,
    -0,
    1,
    -1,
    0.5,
    -0.5,
    -2,
    2.5,
    3,
    88.8,
    -88.8,
    100,
    -200,
    1e-3,
    16_777_217,
    3e38,
    -3e38,
    1e-30,
    inf,
    -inf,
    nan,
  ],
  f16: [
    0,
    -0,
    1,
    -1,
    0.5,
    -1.5,
    -2,
    3,
    11.2,
    -11.2,
    1000,
    2049,
    65_504,
    -65_504,
    6.1e-5,
    2 ** -24,
    1e-3,
    inf,
    -inf,
    nan,
  ],
  i32: wholeEdges,
  u32: wholeEdges.map((value) => value >>> 0),
  bool: [0, 1],
};

/** Elements of a case's tiles: all pairs of edges, and ones. */
const total = 512;

function given(dtype: BufferDType, values: ArrayLike<number>): Exclude<Given, number> {
  const round = dtype in dtypeInfo ? dtypeInfo[dtype as DType].round : (value: number) => value;
  return { dtype, values: Float64Array.from(values, round) };
}

function side(dtype: DType, which: 0 | 1): number[] {
  const values = edges[dtype];
  const pairs = values.flatMap((left) => values.map((right) => [left, right] as const));
  return Array.from({ length: total }, (_, at) => pairs[at]?.[which] ?? 1);
}

function zeros(dtype: BufferDType, count: number): Given {
  return { dtype, values: new Float64Array(count) };
}

function lanes(b: TileBuilder, width: number): ValueId {
  const start = b.binary("mul", b.programId(0), b.full([], width, "i32"));
  return b.binary("add", b.arange(0, width), b.broadcast(start, [width]));
}

/** Every op that takes the dtype, on all pairs of edges: in tiles of `width`, since wide and narrow ones have other code. */
function ops(dtype: DType, width: number): EdgeCase {
  const b = new TileBuilder(`ops_${dtype}_${width}`);
  const [x, y] = [b.pointer("x", dtype), b.pointer("y", dtype)];
  const [out, flags] = [b.pointer("out", dtype), b.pointer("flags", "bool")];
  const at = lanes(b, width);
  const [left, right] = [b.load({ pointer: x, offset: at }), b.load({ pointer: y, offset: at })];
  const names: string[] = [];
  const put = (name: string, value: ValueId): void => {
    const pointer = b.typeOf(value).dtype === dtype ? out : flags;
    const first = b.full([width], total * names.length, "i32");
    b.store({ pointer, offset: b.binary("add", at, first), value });
    names.push(name);
  };
  for (const op of Object.keys(unaryDTypes) as UnaryName[])
    if (unaryDTypes[op].includes(dtype)) put(op, b.unary(op, within(b, op, left)));
  for (const op of Object.keys(binaryDTypes) as BinaryName[])
    if (binaryDTypes[op].includes(dtype)) put(op, b.binary(op, left, right));
  put("select", b.select({ condition: b.binary("eq", left, right), yes: left, no: right }));
  const [lefts, rights] = [given(dtype, side(dtype, 0)), given(dtype, side(dtype, 1))];
  return {
    name: `every op of ${dtype} in tiles of ${width}`,
    kernel: b.finish(),
    grid: [total / width, 1, 1],
    arguments: [lefts, rights, zeros(dtype, total * names.length), zeros("bool", total * names.length)],
    asked: (_, element) => {
      const op = names[Math.floor(element / total)];
      const place = element % total;
      return op === undefined
        ? undefined
        : { op, given: [lefts.values[place] ?? 0, rights.values[place] ?? 0] };
    },
  };
}

/** sin and cos are good up to 8192 (docs/tile-language.md): what is larger is not asked. */
function within(b: TileBuilder, op: UnaryName, value: ValueId): ValueId {
  if (op !== "sin" && op !== "cos") return value;
  const { dtype, shape } = b.typeOf(value);
  const [low, high] = [-8192, 8192].map((edge) => b.full(shape, edge, dtype));
  const large = b.binary("or", b.binary("gt", value, high ?? 0), b.binary("lt", value, low ?? 0));
  const infinite = b.binary("eq", b.unary("abs", value), b.full(shape, inf, dtype));
  const asked = b.binary("or", b.unary("not", large), infinite);
  return b.select({ condition: asked, yes: value, no: b.full(shape, 1, dtype) });
}

/** Casts to every dtype, and bitcasts of whole numbers. */
function casts(from: DType): EdgeCase {
  const b = new TileBuilder(`casts_${from}`);
  const x = b.pointer("x", from);
  const outs = dtypes.map((dtype) => b.pointer(`out_${dtype}`, dtype));
  const bits = b.pointer("bits", "u32");
  const at = b.arange(0, 32);
  const value = b.load({ pointer: x, offset: at });
  dtypes.forEach((to, place) => b.store({ pointer: outs[place] ?? 0, offset: at, value: b.cast(value, to) }));
  if (from === "i32" || from === "u32")
    b.store({
      pointer: bits,
      offset: at,
      value: b.bitcast(b.bitcast(value, from === "i32" ? "u32" : "i32"), "u32"),
    });
  return {
    name: `casts from ${from}`,
    kernel: b.finish(),
    grid: [1, 1, 1],
    arguments: [
      given(
        from,
        Array.from({ length: 32 }, (_, place) => edges[from][place] ?? 1),
      ),
      ...dtypes.map((dtype) => zeros(dtype, 32)),
      zeros("u32", 32),
    ],
  };
}

/** Whole numbers into and out of packed buffers: the low bits stay. */
function packed(): EdgeCase[] {
  return packedDTypes.map((dtype) => {
    const b = new TileBuilder(`packed_${dtype}`);
    const [x, y] = [b.pointer("x", "i32"), b.pointer("y", dtype)];
    const [z, w] = [b.pointer("z", dtype), b.pointer("w", "i32")];
    const at = b.arange(0, 64);
    const odd = b.binary("lt", at, b.full([64], 61, "i32"));
    b.store({ pointer: y, offset: at, value: b.load({ pointer: x, offset: at }), mask: odd });
    b.store({ pointer: w, offset: at, value: b.load({ pointer: z, offset: at }) });
    const { bits, signed } = packedInfo[dtype];
    const low = signed ? -(2 ** (bits - 1)) : 0;
    return {
      name: `a buffer of ${dtype}`,
      kernel: b.finish(),
      grid: [1, 1, 1],
      arguments: [
        given(
          "i32",
          Array.from({ length: 64 }, (_, place) => wholeEdges[place] ?? place - 50),
        ),
        zeros(dtype, 64),
        given(
          dtype,
          Array.from({ length: 64 }, (_, place) => low + ((place * 7) % 2 ** bits)),
        ),
        zeros("i32", 64),
      ],
    };
  });
}

/** Products of bytes, from the least to the most, onto a total that wraps around: by fours where both have signs or none. */
function byteProducts(left: "i8" | "u8", right: "i8" | "u8"): EdgeCase {
  const text = `kernel((a: Ptr<"${left}">, b: Ptr<"${right}">, c: Ptr<"i32">) => {
    const at = expand(arange(16), 1) * 32 + expand(arange(32), 0);
    const total = dot(load(a + at), load(b + at).T, full([16, 16], ${most}, "i32"));
    store(c + expand(arange(16), 1) * 16 + expand(arange(16), 0), total);
  })`;
  const ends = { i8: [-128, 127, -1, -128, 0, 5], u8: [255, 0, 255, 128, 127, 1] };
  const bytes = (dtype: "i8" | "u8", step: number): Given =>
    given(
      dtype,
      Array.from({ length: 512 }, (_, place) => ends[dtype][(place * step + (place >> 5)) % 6] ?? 0),
    );
  return {
    name: `products of ${left} and ${right}`,
    kernel: lowerKernel({ source: "edges", text, kernel: "k0", captured: {} }),
    grid: [1, 1, 1],
    arguments: [bytes(left, 1), bytes(right, 5), zeros("i32", 256)],
  };
}

/** Reductions, a sort and a scan over rows of 16, with everything that edges have in some row. */
function rows(dtype: DType): EdgeCase {
  const b = new TileBuilder(`rows_${dtype}`);
  const [x, out, places] = [b.pointer("x", dtype), b.pointer("out", dtype), b.pointer("places", "i32")];
  const shape = [32, 16];
  const at = b.arange(0, 512);
  const value = b.reshape(b.load({ pointer: x, offset: at }), shape);
  let [row, place] = [0, 0];
  const put = (result: ValueId): void => {
    const flat = b.typeOf(result).shape.reduce((product, size) => product * size, 1);
    const isValue = b.typeOf(result).dtype === dtype && dtype !== "i32";
    const base = 512 * (isValue ? row++ : place++);
    const offset = b.binary("add", b.arange(0, flat), b.full([flat], base, "i32"));
    b.store({ pointer: isValue ? out : places, offset, value: b.reshape(result, [flat]) });
  };
  if (dtype !== "bool") {
    for (const op of reduceNames) {
      // Within a thread and across threads: along rows, along columns, and all elements at once.
      for (const axis of [0, 1]) put(b.reduce(op, value, axis));
      put(b.reduce(op, b.reshape(value, [512]), 0));
    }
    put(b.argsort(value, { axis: 1 }));
    put(b.argsort(value, { axis: 1, descending: true }));
  }
  const [scanned = 0] = b.scan({ inputs: [value], axis: 1, reverse: true }, ([left = 0], [right = 0]) => [
    b.binary(dtype === "bool" ? "or" : "max", left, right),
  ]);
  put(scanned);
  const values = edges[dtype];
  return {
    name: `reductions, sorts and scans of ${dtype}`,
    kernel: b.finish(),
    grid: [1, 1, 1],
    arguments: [
      given(
        dtype,
        Array.from(
          { length: 512 },
          (_, element) => values[(element * 5 + (element >> 4)) % values.length] ?? 1,
        ),
      ),
      zeros(dtype, 512 * Math.max(1, row)),
      zeros("i32", 512 * place),
    ],
  };
}

/** Atomics on the edges of whole numbers: one element each, and all at one. */
function atomics(dtype: "i32" | "u32"): EdgeCase {
  const b = new TileBuilder(`atomics_${dtype}`);
  const [x, each, one, old] = ["x", "each", "one", "old"].map((name) => b.pointer(name, dtype));
  const at = b.arange(0, 32);
  const value = b.load({ pointer: x ?? 0, offset: at });
  (["add", "max", "min", "and", "or", "xor", "exchange"] as const).forEach((op, row) => {
    const offset = b.binary("add", at, b.full([32], 32 * row, "i32"));
    const before = b.atomic({ op, pointer: each ?? 0, offset, value });
    b.store({ pointer: old ?? 0, offset, value: before });
    if (op !== "exchange") b.atomic({ op, pointer: one ?? 0, offset: b.full([32], row, "i32"), value });
  });
  const values = edges[dtype];
  const list = (shift: number): number[] =>
    Array.from({ length: 32 * 7 }, (_, place) => values[(place + shift) % values.length] ?? 1);
  return {
    name: `atomics of ${dtype}`,
    kernel: b.finish(),
    grid: [1, 1, 1],
    arguments: [
      given(dtype, list(0).slice(0, 32)),
      given(dtype, list(5)),
      given(dtype, list(3).slice(0, 32)),
      zeros(dtype, 224),
    ],
  };
}

/** Prints of every dtype's edges, then an assert that some programs fail. */
function says(dtype: DType): EdgeCase {
  const b = new TileBuilder(`says_${dtype}`);
  const x = b.pointer("x", dtype);
  const at = b.arange(0, 32);
  const value = b.load({ pointer: x, offset: at });
  b.print({ text: "edges", value });
  const few = b.binary("lt", at, b.full([32], 7, "i32"));
  b.print({ text: "some", value, mask: few });
  const program = b.broadcast(b.programId(0), [32]);
  b.assert(b.binary("lt", b.binary("add", at, program), b.full([32], 33, "i32")), "few");
  return {
    name: `what a kernel says of ${dtype}`,
    kernel: b.finish(),
    grid: [5, 1, 1],
    arguments: [
      given(
        dtype,
        Array.from({ length: 32 }, (_, place) => edges[dtype][place] ?? 1),
      ),
    ],
  };
}

/**
 * A `while` ends after 65,535 turns on every device: the first program that would go on has failed, and what was printed
 * before it stands. The numbers are how far each program has to count.
 */
function whileTurns(name: string, turns: readonly number[]): EdgeCase {
  const text = `kernel((x: Ptr<"i32">) => {
    const most = load(x + programId(0));
    print("counts to", most);
    let i = 0;
    while (i < most) i += 1;
    print("counted to", i);
  })`;
  return {
    name: `a while of ${name}`,
    kernel: lowerKernel({ source: "edges", text, kernel: "k0", captured: {} }),
    grid: [turns.length, 1, 1],
    arguments: [given("i32", turns)],
  };
}

/** A counted loop comes to its end, or the launch fails: software GPUs cut loops after 65,535 turns. */
function longLoop(turns: number): EdgeCase {
  const text = `kernel((x: Ptr<"i32">, y: Ptr<"i32">) => {
    const most = load(x + programId(0));
    let i = 0;
    for (let j = 0; j < most; j += 1) i = (i ^ j) + 1;
    store(y + programId(0), i);
  })`;
  return {
    name: `a loop of ${turns} turns`,
    turns,
    kernel: lowerKernel({ source: "edges", text, kernel: "k0", captured: {} }),
    grid: [2, 1, 1],
    arguments: [given("i32", [turns, 3]), zeros("i32", 2)],
  };
}

export const edgeCases: readonly EdgeCase[] = [
  ...dtypes.flatMap((dtype) => [ops(dtype, 256), ops(dtype, 2), casts(dtype), rows(dtype), says(dtype)]),
  ...packed(),
  byteProducts("i8", "i8"),
  byteProducts("u8", "u8"),
  byteProducts("i8", "u8"),
  atomics("i32"),
  atomics("u32"),
  longLoop(65_535),
  longLoop(65_536),
  longLoop(200_000),
  whileTurns("as many turns as there may be", [0, 1, 65_535, 65_534]),
  whileTurns("one turn too many", [7, 65_536, 3]),
  whileTurns("turns that never end", [65_535, most, 65_536, most]),
];
