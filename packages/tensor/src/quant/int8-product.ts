import { Fault } from "@tilebook/base";
import { choose, floating } from "../elementwise.ts";
import { type Expr, pick } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { launchOne, powerOfTwo } from "../library/launch.ts";
import { isNaNMask } from "../maps/finite.ts";
import { cast, reshape, unary } from "../nodes.ts";
import { fold } from "../reduce.ts";
import { sayShape, sizeOf } from "../shape.ts";
import { encode } from "./encode.ts";
import { needFloats } from "./quantize.ts";

/** Weights of 8 bits: `codes` i8 [out, in], and a scale for each output. */
export interface ByteWeights<T> {
  readonly codes: T;
  readonly scales: T;
}

const int8 = { name: "int8", codes: "i8", least: -127, most: 127 } as const;

/** Bytes times bytes, added up as whole numbers of 32 bits: four at a time where the device can. Only the sums become floats. */
const text = `kernel((x: Ptr<"i8">, w: Ptr<"i8">, rows: Ptr, columns: Ptr, y: Ptr, m: i32, n: i32, k: i32, BM: Const, BN: Const, BK: Const) => {
  const row = expand(programId(1) * BM + arange(BM), 1);
  const column = expand(programId(0) * BN + arange(BN), 1);
  let total = zeros([BM, BN], "i32");
  for (const first of range(0, k, BK)) {
    const along = expand(first + arange(BK), 0);
    const left = load(x + row * k + along, row < m && along < k);
    const right = load(w + column * k + along, column < n && along < k);
    total = dot(left, right.T, total);
  }
  const scale = load(rows + row, row < m) * load(columns + column.T, column.T < n);
  store(y + row * n + column.T, total.to("f32") * scale, row < m && column.T < n);
})`;

/**
 * x [..., in] times the weights, [..., out] in f32: each row of x becomes bytes with a scale of its own (its greatest magnitude is 127), or all with the
 * one that is given. Faults `quant/layout`, `quant/dtype`.
 */
export function int8Product(
  kernels: KernelCache,
  x: Expr,
  { codes, scales, scale }: ByteWeights<Expr> & { readonly scale?: Expr | number | undefined },
): Expr {
  needFloats(x);
  const [n, k] = checked(x, { codes, scales });
  const m = sizeOf(x.shape) / k;
  const values = reshape(cast(x, "f32"), [m, k]);
  const rows = scale === undefined ? greatest(values) : given(scale, values);
  const bytes = encode(kernels, values, { coding: int8, scales: rows, middle: 0, shape: [m, k] });
  const [BM, BN] = [Math.min(32, powerOfTwo(m)), 32];
  const made = launchOne(kernels, {
    name: "int8_product",
    text,
    constants: { BM, BN, BK: 32 },
    grid: [Math.ceil(n / BN), Math.ceil(m / BM), 1],
    given: {
      x: bytes,
      w: codes,
      rows,
      columns: cast(reshape(scales, [n]), "f32"),
      y: { makes: { dtype: "f32", shape: [m, n] } },
      m,
      n,
      k,
    },
  });
  return reshape(made, [...x.shape.slice(0, -1), n]);
}

/** Of each row. An infinity makes its row NaN, since its scale leaves nothing of the others. */
function greatest(values: Expr): Expr {
  return floating("div", fold("max", unary("abs", values), 1, { keep: true }), 127);
}

/** The same for all rows, but NaN for those that have one: no byte says that. */
function given(scale: Expr | number, values: Expr): Expr {
  if (typeof scale !== "number" && sizeOf(scale.shape) !== 1)
    throw badWeights(`the scale of x is one number, not ${sayShape(scale.shape)}`);
  const one = typeof scale === "number" ? scale : reshape(cast(scale, "f32"), [1, 1]);
  return choose(isNaNMask(fold("max", values, 1, { keep: true })), Number.NaN, one);
}

function checked(x: Expr, { codes, scales }: ByteWeights<Expr>): readonly [n: number, k: number] {
  if (codes.dtype !== "i8" || codes.shape.length !== 2)
    throw badWeights(`codes are i8 [out, in], not ${codes.dtype} ${sayShape(codes.shape)}`);
  const [n, k] = [pick(codes.shape, 0), pick(codes.shape, 1)];
  if (sizeOf(scales.shape) !== n)
    throw badWeights(`there is a scale for each of ${n} outputs, not ${sayShape(scales.shape)}`);
  if (x.shape.at(-1) !== k)
    throw badWeights(
      `x ${sayShape(x.shape)} has not ${k} numbers a row, as codes ${sayShape(codes.shape)} have`,
    );
  return [n, k];
}

function badWeights(message: string): Fault {
  return new Fault("quant/layout", message, {
    hint: 'quant.quantize(w, { format: "int8", group: "channel", axis: 0 }).quantized.planes of w [in, out]',
  });
}
