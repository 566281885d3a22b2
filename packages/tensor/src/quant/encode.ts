import type { BufferDType } from "@tilebook/ir";
import type { KernelCache } from "../kernel/cache.ts";
import { toBytes } from "../bytes.ts";
import { Expr } from "../expr.ts";
import { launchOne } from "../library/launch.ts";
import { type Shape, sizeOf } from "../shape.ts";
import type { Coding } from "./codings.ts";

/** What weights become codes by. */
export interface EncodeBy {
  readonly coding: Coding;
  /** f16 or f32 [groups, 1]. */
  readonly scales: Expr;
  /** Packed [groups, 1]: the codes of 0. Absent: `middle`. */
  readonly zeros?: Expr | undefined;
  readonly middle: number;
  readonly shape: Shape;
}

const block = 1024;

/** The nearest whole number of a weight over its scale, the even one of two, within the codes. A scale of 0 leaves zeros, and so does one that is no number. */
function wholeText(codes: BufferDType, scales: BufferDType, zeros: BufferDType | undefined): string {
  return `kernel((x: Ptr, scales: Ptr<"${scales}">, ${zeros === undefined ? "" : `zeros: Ptr<"${zeros}">, `}codes: Ptr<"${codes}">,
    n: i32, group: i32, middle: f32, least: f32, most: f32, BLOCK: Const) => {
  ${ratioText}
  const zero = ${zeros === undefined ? "middle" : 'load(zeros + idiv(at, group), inside).to("f32")'};
  store(codes + at, clamp(round(ratio) + zero, least, most).to("i32"), inside);
})`;
}

/** The nearest level of a weight over its scale: the middles between levels are halved, [0, count), until none is left. */
function levelText(codes: BufferDType, scales: BufferDType): string {
  return `kernel((x: Ptr, scales: Ptr<"${scales}">, middles: Ptr, names: Ptr<"i32">, codes: Ptr<"${codes}">,
    n: i32, group: i32, count: i32, steps: i32, BLOCK: Const) => {
  ${ratioText}
  let first = zeros([BLOCK], "i32");
  let end = zeros([BLOCK], "i32") + count;
  for (const turn of range(steps)) {
    const open = first < end && inside;
    const half = (first + end) >> 1;
    const above = open && load(middles + half, open) < ratio;
    first = where(above, half + 1, first);
    end = where(open && !above, half, end);
  }
  store(codes + at, load(names + first, inside), inside);
})`;
}

const ratioText = `const at = programId(0) * BLOCK + arange(BLOCK);
  const inside = at < n;
  const scale = load(scales + idiv(at, group), inside).to("f32");
  const known = abs(scale) > 0 && abs(scale) <= 3.4028234663852886e38;
  const ratio = where(known, load(x + at, inside) / where(known, scale, 1), 0);`;

/** The codes of weights f32 [groups, group], in the shape of the weights. One kernel, so that they have a buffer. */
export function encode(kernels: KernelCache, values: Expr, by: EncodeBy): Expr {
  const { coding, scales, shape } = by;
  const n = sizeOf(values.shape);
  const given = { x: values, scales, codes: { makes: { dtype: coding.codes, shape } }, n };
  const common = { constants: { BLOCK: block }, grid: [Math.ceil(n / block), 1, 1] as const };
  const group = n / sizeOf(scales.shape);
  if (coding.levels !== undefined) {
    const { levels } = coding;
    const middles = levels.slice(1).map(({ value }, at) => (value + (levels[at]?.value ?? 0)) / 2);
    return launchOne(kernels, {
      ...common,
      name: "encode_levels",
      text: levelText(coding.codes, scales.dtype),
      given: {
        ...given,
        group,
        middles: vectorOf(middles, "f32"),
        names: vectorOf(
          levels.map(({ code }) => code),
          "i32",
        ),
        count: middles.length,
        steps: Math.ceil(Math.log2(levels.length)),
      },
    });
  }
  const { zeros, middle } = by;
  return launchOne(kernels, {
    ...common,
    name: "encode_whole",
    text: wholeText(coding.codes, scales.dtype, zeros?.dtype),
    given: {
      ...given,
      ...(zeros && { zeros }),
      group,
      middle,
      least: coding.least + middle,
      most: coding.most + middle,
    },
  });
}

/** A vector of these. */
export function vectorOf(values: readonly number[], dtype: BufferDType): Expr {
  return Expr.data(toBytes(values, dtype), { dtype, shape: [values.length] });
}
