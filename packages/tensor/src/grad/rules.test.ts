// Every rule against central differences in f64. The tables are complete records: an op without a case is an error of tsc.
import { realClock } from "@tilebook/base";
import type { ArithmeticName, CompareName, ReduceName, UnaryName } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { Expr, type NodeBody } from "../expr.ts";
import { arithmetic } from "../elementwise.ts";
import { scanAlong } from "../library/scan.ts";
import { segmentSum } from "../library/segment.ts";
import { alias, binary, cast, fill, reduce, take, unary } from "../nodes.ts";
import { fold } from "../reduce.ts";
import { reverse } from "./reverse.ts";
import { pastedAt, slicedAt } from "./places.ts";
import { Tensor } from "../tensor.ts";
import { createTensors } from "../tensors.ts";
import { TestHost } from "../testing/host.ts";
import { Workspace } from "../workspace.ts";
import { gradcheck } from "./check.ts";

const workspace = new Workspace(new TestHost(), realClock);
const cell = createTensors(workspace.host).globals;

/** A function of tensors out of one of nodes. */
function lifted(make: (...inputs: readonly Expr[]) => Expr): (...inputs: readonly Tensor[]) => Tensor {
  return (...inputs) => {
    const exprs = inputs.map((input) => Tensor.expr(input));
    return Tensor.make(workspace, () => make(...exprs));
  };
}

function data(values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
  const { tensor } = cell;
  const made = tensor(values, { shape });
  return Tensor.make(workspace, () => Expr.data(Tensor.expr(made).bytes ?? new Uint8Array(), made.type));
}

/** Different numbers without a pattern, from -1 to 1. */
function varied(shape: readonly number[], start = 1): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return data(
    Array.from({ length: size }, (_, at) => Math.sin(12.9898 * (at + start))),
    shape,
  );
}

/** Windows of `size` along an axis; each of its rules walks the shorter way: over places here, over windows there. */
function windows(
  x: Tensor,
  axis: number,
  [size, stride, dilation]: readonly [number, number, number],
): Tensor {
  const many = Math.floor(((x.shape[axis] ?? 0) - (size - 1) * dilation - 1) / stride) + 1;
  const make = (input: Expr): Expr =>
    Expr.of({
      type: { dtype: "f32", shape: [...input.shape.with(axis, many), size] },
      inputs: [input],
      make: ([from = -1]) => ({ kind: "window", input: from, axis, stride, dilation }),
    });
  return lifted(make)(x);
}

async function errorOf(work: (...inputs: readonly Tensor[]) => Tensor, ...args: readonly Tensor[]) {
  const { measured, passed } = await gradcheck(workspace, work, {
    args,
  });
  return { measured, passed };
}

const passes = expect.objectContaining({ passed: true });
const anywhere = [-2.1, -0.7, 0.4, 1.3];
const positive = [0.2, 0.9, 1.6, 3.1];

/** Where it is tried; nothing for what is flat or has no floats. */
const unaryCases: Record<UnaryName, readonly number[] | undefined> = {
  neg: anywhere,
  abs: anywhere,
  exp: anywhere,
  exp2: anywhere,
  expm1: anywhere,
  log: positive,
  log2: positive,
  log1p: positive,
  sqrt: positive,
  rsqrt: positive,
  sin: anywhere,
  cos: anywhere,
  tanh: anywhere,
  floor: anywhere,
  ceil: anywhere,
  round: anywhere,
  erf: anywhere,
  not: undefined,
};

const binaryCases: Record<
  ArithmeticName | CompareName,
  readonly [readonly number[], readonly number[]] | undefined
> = {
  add: [anywhere, positive],
  sub: [anywhere, positive],
  mul: [anywhere, positive],
  div: [anywhere, positive],
  min: [anywhere, [0.3, -0.5, 0.1, 2]],
  max: [anywhere, [0.3, -0.5, 0.1, 2]],
  pow: [positive, [-1.5, 0.5, 2, 3]],
  mod: [anywhere, [0.9, 0.4, 0.3, 0.5]],
  idiv: undefined,
  and: undefined,
  or: undefined,
  xor: undefined,
  shl: undefined,
  shr: undefined,
  mulhi: undefined,
  philox0: undefined,
  philox1: undefined,
  philox2: undefined,
  philox3: undefined,
  lt: undefined,
  le: undefined,
  gt: undefined,
  ge: undefined,
  eq: undefined,
  ne: undefined,
};

const reduceCases: Record<ReduceName, boolean> = {
  sum: true,
  prod: true,
  max: true,
  min: true,
  argmax: false,
  argmin: false,
};

interface KindCase {
  readonly work: (...inputs: readonly Tensor[]) => Tensor;
  readonly args: readonly Tensor[];
}

const kindCases: Record<NodeBody["kind"], KindCase | undefined> = {
  // Nothing goes in.
  input: undefined,
  fill: undefined,
  iota: undefined,
  // Cases of their own above and below.
  unary: undefined,
  binary: undefined,
  reduce: undefined,
  attention: undefined,
  // Refused: see [D9].
  tileCall: undefined,
  result: undefined,
  select: {
    work: (a, b) => a.gt(0).where(a, b),
    args: [varied([3, 2]), varied([3, 2], 9)],
  },
  cast: { work: lifted((x) => cast(cast(x, "f16"), "f32")), args: [varied([4])] },
  reshape: { work: (x) => x.reshape(3, -1), args: [varied([2, 6])] },
  permute: { work: (x) => x.permute(2, 0, 1), args: [varied([2, 3, 4])] },
  broadcast: {
    work: (x, y) => x.add(y),
    args: [varied([2, 1, 3, 1]), varied([4, 1, 2])],
  },
  slice: {
    work: lifted((x) => slicedAt(x, [2, 3, 2], { start: [1, 2, 4], step: [2, -1, -3] })),
    args: [varied([4, 3, 5])],
  },
  paste: {
    work: lifted((x, into) => pastedAt(x, into, { start: [2, 0], step: [-2, 3] })),
    args: [varied([2, 2]), varied([3, 5], 20)],
  },
  window: {
    work: (x) => windows(windows(x, 1, [2, 2, 3]), 0, [4, 1, 1]),
    args: [varied([6, 7])],
  },
  take: { work: (x) => x.take([2, 0, 2, 2]), args: [varied([4, 3])] },
  matmul: {
    work: (a, b, c) => a.matmul(b).matmul(c, { transposeRight: true }),
    args: [varied([2, 3, 4]), varied([4, 5], 50), varied([2, 6, 5], 90)],
  },
};

describe("gradients by node", () => {
  test.each(Object.entries(unaryCases).flatMap(([op, at]) => (at === undefined ? [] : [[op, at] as const])))(
    "[D1] unary %s",
    async (op, at) => {
      expect(
        await errorOf(
          lifted((x) => unary(op as UnaryName, x)),
          data(at),
        ),
      ).toEqual(passes);
    },
  );

  test.each(
    Object.entries(binaryCases).flatMap(([op, sides]) =>
      sides === undefined ? [] : [[op, ...sides] as const],
    ),
  )("[D2] binary %s", async (op, left, right) => {
    const work = lifted((a, b) => binary(op as ArithmeticName, a, b, "f32"));
    expect(await errorOf(work, data(left), data(right))).toEqual(passes);
  });

  test.each(Object.entries(reduceCases).filter(([, has]) => has))("[D3] reduce %s", async (op) => {
    const along = (axis: number) => lifted((x) => reduce(op as ReduceName, x, axis, "f32"));
    for (const axis of [0, 1, 2]) expect(await errorOf(along(axis), varied([3, 4, 2]))).toEqual(passes);
  });

  test.each(
    Object.entries(kindCases).flatMap(([kind, one]) => (one === undefined ? [] : [[kind, one] as const])),
  )("[D4] %s", async (_, { work, args }) => {
    expect(await errorOf(work, ...args)).toEqual(passes);
  });

  test.each([
    ["one head", [3, 4], [5, 4], [5, 2], {}],
    ["causal, more keys", [2, 3, 4], [2, 5, 4], [2, 5, 2], { causal: true }],
    ["causal, rows that see nothing", [5, 4], [3, 4], [3, 2], { causal: true, scale: 0.7 }],
    ["shared heads", [2, 4, 3, 2], [2, 2, 5, 2], [2, 2, 5, 3], { causal: true }],
    ["shared heads, tokens first", [2, 3, 4, 2], [2, 5, 2, 2], [2, 5, 2, 3], { tokensFirst: true }],
  ])("[D5] attention: %s", async (_, q, k, v, options) => {
    const work: KindCase["work"] = (queries, keys, values) => queries.attention(keys, values, options);
    expect(await errorOf(work, varied(q), varied(k, 40), varied(v, 90))).toEqual(passes);
  });

  test("[D23] a large table gets its gradient by sorting, as a small one by a product; running and segment sums have one, too", async () => {
    const kernels = workspace.kernels;
    const ids = [3, 70_000, 3, -1, 5];
    const index = workspace.build(() =>
      Expr.data(new Uint8Array(Int32Array.from(ids).buffer), { dtype: "i32", shape: [5] }),
    );
    const sums = lifted((x) => segmentSum(kernels, x, index, 6));
    expect(await errorOf(sums, varied([5, 2]))).toEqual(passes);
    const running = (how: { reverse?: boolean; exclusive?: boolean }) =>
      lifted((x) => scanAlong(kernels, x, { op: "cumsum", axis: 1, ...how }));
    for (const how of [{}, { reverse: true }, { exclusive: true }])
      expect(await errorOf(running(how), varied([2, 5]))).toEqual(passes);
    const many = Array.from({ length: 300 }, (_, at) => (at * 7919) % 20_000);
    const table = workspace.build(() => Expr.data(new Uint8Array(80_000), { dtype: "f32", shape: [20_000] }));
    const numbers = workspace.build(() =>
      Expr.data(new Uint8Array(Int32Array.from(many).buffer), { dtype: "i32", shape: [300] }),
    );
    const inner = (rows: Expr) => fold("sum", arithmetic("mul", take(rows, numbers), 2), undefined);
    const end = workspace.build(() => alias(table));
    const [found] = workspace.buildAll(() => {
      const expr = inner(end);
      const seeds = [{ expr, cotangent: fill(1, [], "f32") }];
      return reverse(kernels, seeds, [end]).map((one) => one ?? end);
    });
    const values = await new Tensor(workspace, found ?? end).data();
    const wanted = new Float32Array(20_000);
    for (const row of many) wanted[row] = (wanted[row] ?? 0) + 2;
    expect(values).toEqual(wanted);
  });

  test("[D6] softmax has a rule of its own", async () => {
    expect(await errorOf((x) => x.softmax(0), varied([4, 3]))).toEqual(passes);
    expect(await errorOf((x) => x.mul(3).softmax().log().mean(), varied([4, 3]))).toEqual(passes);
  });
});
