import { Fault } from "@tilebook/base";
import type { BufferDType } from "@tilebook/ir";
import { matmul } from "../contract/matmul.ts";
import { arithmetic, choose } from "../elementwise.ts";
import { type Expr, pick } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { launchOne, powerOfTwo } from "../library/launch.ts";
import { cholesky } from "../linalg/cholesky.ts";
import { triangularSolve } from "../linalg/solve.ts";
import { identity } from "../create.ts";
import { isFiniteMask, isNaNMask } from "../maps/finite.ts";
import { cast, reshape, slice, unary } from "../nodes.ts";
import { checkOptions } from "../options.ts";
import { fold } from "../reduce.ts";
import { sayShape, sizeOf } from "../shape.ts";
import { flip } from "../shapes/axes.ts";
import { transpose } from "../views.ts";
import { vectorOf } from "./encode.ts";
import { lookUp, middleOf, type Planes, weightsOf } from "./planes.ts";
import { noPower } from "./ranges.ts";
import { bestOf, type Laid, layOut, needFloats } from "./quantize.ts";
import { type QuantizeOptions, schemeNames, schemeOf } from "./scheme.ts";

export interface CalibrateOptions extends QuantizeOptions {
  /** Added to the diagonal of the inputs' products, as a share of its mean. Default: 0.01. */
  readonly damping?: number;
}

/** As the linear algebra of a matrix goes. */
const mostInputs = 512;

/**
 * Weights of a format whose products with `inputs` [..., in] are near those of the weights: input by input, what rounding misses is made up for by those
 * that are not rounded yet (GPTQ; Frantar et al. 2022, algorithm 1). Scales are those of `quantize`. Faults of `quantize`, and `quant/inputs`.
 */
export function calibrate(
  kernels: KernelCache,
  { weights, inputs }: { readonly weights: Expr; readonly inputs: Expr },
  given: CalibrateOptions = {},
): Expr {
  needFloats(weights);
  needFloats(inputs);
  checkOptions("quant.calibrate", given, [...schemeNames, "damping"]);
  const { damping = 0.01, ...options } = given;
  const scheme = schemeOf("quant.calibrate", options, weights.shape);
  const { laid, back } = layOut(kernels, weights, scheme);
  const columns = checkInputs(laid, inputs, damping);
  const samples = reshape(cast(inputs, "f32"), [sizeOf(inputs.shape) / columns, columns]);
  const factor = factorOf(kernels, samples, damping);
  const rounded = bestOf(laid);
  const codes = feedBack(kernels, laid, { planes: rounded, factor });
  const { scales } = rounded;
  const planes = { ...rounded, codes, ...(scales && { scales: brokenBy(laid, factor, scales) }) };
  return back(weightsOf(planes, laid.shape, scheme.coding.name));
}

/**
 * What a NaN leaves, or an infinity: of inputs all, since their factor is NaN; of weights their row, in which it was made up for. Codes cannot say so: scales do, and
 * of powers of two the byte that names none.
 */
function brokenBy({ values, shape }: Laid, factor: Expr, scales: Expr): Expr {
  const columns = shape.at(-1) ?? 1;
  const rows = sizeOf(shape) / columns;
  const none = scales.dtype === "u8" ? noPower : Number.NaN;
  const ofInputs = choose(isNaNMask(slice(factor, [0, 0], [1, 1])), none, scales);
  const groups = sizeOf(scales.shape) / rows;
  // One scale for all is NaN by itself.
  if (!Number.isInteger(groups)) return cast(ofInputs, scales.dtype);
  const greatest = fold("max", unary("abs", reshape(values, [rows, columns])), 1, { keep: true });
  const byRow = choose(isFiniteMask(greatest), reshape(ofInputs, [rows, groups]), none);
  return cast(reshape(byRow, scales.shape), scales.dtype);
}

function checkInputs({ shape }: Laid, inputs: Expr, damping: unknown): number {
  const columns = shape.at(-1) ?? 1;
  if (inputs.shape.at(-1) !== columns || inputs.shape.length < 2)
    throw badInputs(
      `inputs are [samples, ${columns}], not ${sayShape(inputs.shape)}`,
      "what the weights are multiplied by",
    );
  if (columns > mostInputs)
    throw badInputs(
      `weights have ${columns} inputs, and at most ${mostInputs} are calibrated`,
      "quant.quantize, or parts of them",
    );
  if (typeof damping !== "number" || !(damping > 0 && damping < Infinity))
    throw badInputs("damping is a number above 0", "damping: 0.01");
  return columns;
}

function badInputs(message: string, hint: string): Fault {
  return new Fault("quant/inputs", message, { hint });
}

/**
 * U of (xᵀ x + damping)⁻¹ = Uᵀ U, of which row j says how the inputs from j on make up for j. Of the matrix turned upside down, U is the inverse of its
 * triangle: so nothing is inverted but that.
 */
function factorOf(kernels: KernelCache, samples: Expr, damping: number): Expr {
  const width = pick(samples.shape, 1);
  const unit = identity(width, "f32");
  const products = matmul(transpose(samples), samples);
  const trace = fold("sum", arithmetic("mul", products, unit), undefined);
  const added = arithmetic("add", arithmetic("mul", trace, damping / width), 1e-20);
  const turned = flip(arithmetic("add", products, arithmetic("mul", unit, added)), undefined);
  return flip(triangularSolve(kernels, cholesky(kernels, turned), unit), undefined);
}

interface Rounding {
  readonly planes: Planes;
  readonly factor: Expr;
}

/** Some rows of weights a program. Column by column: the nearest code, and what it misses goes to the columns behind. */
function feedText(
  codes: BufferDType,
  scales: BufferDType,
  form: { zeros: BufferDType | undefined; isTable: boolean },
): string {
  const { zeros, isTable } = form;
  const params = isTable
    ? 'middles: Ptr, levels: Ptr, names: Ptr<"i32">,'
    : zeros === undefined
      ? ""
      : `zeros: Ptr<"${zeros}">,`;
  const zero = zeros === undefined ? "middle" : 'load(zeros + group, isRow).to("f32")';
  const round = isTable
    ? `const place = sum(expand(ratio, 1) > expand(load(middles + arange(LEVELS)), 0), 1);
    const code = load(names + place);
    const level = load(levels + place);`
    : `const zero = ${zero};
    const near = clamp(round(ratio) + zero, least, most);
    const code = near.to("i32");
    const level = near - zero;`;
  return `kernel((w: Ptr, factor: Ptr, scales: Ptr<"${scales}">, ${params} codes: Ptr<"${codes}">, rows: i32, columns: i32, size: i32,
    middle: f32, least: f32, most: f32, ROWS: Const, WIDTH: Const, LEVELS: Const) => {
  const row = programId(0) * ROWS + arange(ROWS);
  const isRow = row < rows;
  const column = arange(WIDTH);
  let left = load(w + expand(row * columns, 1) + expand(column, 0), expand(isRow, 1) && expand(column, 0) < columns);
  for (const j of range(columns)) {
    const now = sum(where(expand(column, 0) == j, left, 0), 1);
    const group = idiv(row * columns + j, size);
    const scale = load(scales + group, isRow).to("f32");
    const known = abs(scale) > 0 && abs(scale) <= 3.4028234663852886e38;
    const ratio = where(known, now / where(known, scale, 1), 0);
    ${round}
    store(codes + row * columns + j, code, isRow);
    const missed = (now - level * scale) / load(factor + (j * columns + j));
    const line = load(factor + j * columns + column, column > j && column < columns);
    left = left - expand(missed, 1) * expand(line, 0);
  }
})`;
}

function feedBack(kernels: KernelCache, { values, scheme, shape }: Laid, { planes, factor }: Rounding): Expr {
  const { coding } = scheme;
  const { scales, powers, zeros, codes } = planes;
  const by = scales === undefined || powers === undefined ? scales : lookUp(powers, scales);
  const columns = shape.at(-1) ?? 1;
  const rows = sizeOf(shape) / columns;
  const { levels } = coding;
  const middle = middleOf(codes);
  const form = { zeros: zeros?.dtype, isTable: levels !== undefined };
  const [rowsOfProgram, count] = [4, powerOfTwo(levels?.length ?? 1)];
  return launchOne(kernels, {
    name: form.isTable ? "feed_back_levels" : "feed_back",
    text: feedText(codes.dtype, by?.dtype ?? "f32", form),
    constants: { ROWS: rowsOfProgram, WIDTH: powerOfTwo(columns), LEVELS: count },
    grid: [Math.ceil(rows / rowsOfProgram), 1, 1],
    given: {
      w: values,
      factor,
      scales: by ?? values,
      ...(zeros && { zeros }),
      ...(levels && tablesOf(levels, count)),
      codes: { makes: { dtype: codes.dtype, shape } },
      rows,
      columns,
      size: scheme.group,
      middle,
      least: coding.least + middle,
      most: coding.most + middle,
    },
  });
}

/** Middles between levels, with infinities behind them, and what levels are and are called. */
function tablesOf(
  levels: readonly { readonly code: number; readonly value: number }[],
  count: number,
): Readonly<Record<"middles" | "levels" | "names", Expr>> {
  const middles = levels.slice(1).map(({ value }, at) => (value + (levels[at]?.value ?? 0)) / 2);
  const ends = Array.from({ length: count - middles.length }, () => 3e38);
  return {
    middles: vectorOf([...middles, ...ends], "f32"),
    levels: vectorOf(
      levels.map(({ value }) => value),
      "f32",
    ),
    names: vectorOf(
      levels.map(({ code }) => code),
      "i32",
    ),
  };
}
