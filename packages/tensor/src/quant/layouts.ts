import { Fault } from "@tilebook/base";
import { dtypeInfo, type PackedDType, valueDType } from "@tilebook/ir";
import { fromBytes } from "../bytes.ts";
import { type Expr, pick } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { cast, permute, reshape, take } from "../nodes.ts";
import { sayShape, type Shape, sizeOf } from "../shape.ts";
import { keptOf, type Planes, weightsOf } from "./planes.ts";
import { repack } from "./repack.ts";

/** Weights of ONNX's MatMulNBits: [out, in]. */
export interface NBits<T> {
  /** u8 [out, groups, bytes]: codes of a group of `in`, the first in the low bits. */
  readonly codes: T;
  /** f16 or f32, out · groups of them. */
  readonly scales: T;
  /** u8 [out, bytes], packed as codes, each row in whole bytes; or floats as the scales. Absent: 2^(bits - 1). */
  readonly zeroPoints?: T | undefined;
}

/** Weights as GPTQ and AWQ files have them. */
export interface Packed<T> {
  readonly qweight: T;
  readonly qzeros: T;
  /** [groups, out] */
  readonly scales: T;
}

const dtypes: Readonly<Record<number, PackedDType>> = { 2: "u2", 4: "u4", 8: "u8" };

/** Fault `quant/bits`. */
function codesOf(bits: unknown, those: readonly number[] = [2, 4, 8]): PackedDType {
  const dtype = those.includes(Number(bits)) ? dtypes[Number(bits)] : undefined;
  if (dtype !== undefined) return dtype;
  throw new Fault("quant/bits", `this layout has codes of ${those.join(", ")} bits, not ${String(bits)}`, {
    hint: `bits: ${String(those[0])}`,
  });
}

/** Faults `quant/bits`, `quant/layout`. */
export function matMulNBits(kernels: KernelCache, given: NBits<Expr>, bits: unknown): Expr {
  const dtype = codesOf(bits);
  const { codes, scales } = given;
  needWords("codes", codes, { dtype: "u8", rank: 3 });
  const [rows = 1, groups = 1, bytes = 1] = codes.shape;
  const columns = (groups * bytes * 8) / bitsIn(dtype);
  needScales(scales, rows * groups);
  const lay = { rows, columns, codes: dtype, along: "columns", steps: [groups * bytes, 1] } as const;
  const planes = {
    codes: repack(kernels, codes, lay),
    zeros: zeroPointsOf(kernels, given.zeroPoints, { rows, groups, codes: dtype }),
    scales: reshape(scales, [rows * groups, 1]),
  };
  return weightsOf(planes, [rows, columns], `MatMulNBits ${String(bits)}`);
}

/** [out · groups, 1] */
function zeroPointsOf(
  kernels: KernelCache,
  points: Expr | undefined,
  { rows, groups, codes }: { readonly rows: number; readonly groups: number; readonly codes: PackedDType },
): Expr | undefined {
  if (points === undefined) return undefined;
  const inRow = Math.ceil((groups * bitsIn(codes)) / 8);
  needCount("zeroPoints", points, rows * (isFloat(points) ? groups : inRow));
  if (isFloat(points)) return reshape(points, [rows * groups, 1]);
  needWords("zeroPoints", points, { dtype: "u8" });
  const lay = { rows, columns: groups, codes, along: "columns", steps: [inRow, 1] } as const;
  return reshape(repack(kernels, points, lay), [rows * groups, 1]);
}

/**
 * `qweight` i32 [in / codes, out], `qzeros` i32 [groups, out / codes], of which version 1 of the format keeps one less. `gIdx` i32 [in] names the group of each
 * input where groups are not in a row. Faults `quant/bits`, `quant/layout`.
 */
export function gptq(
  kernels: KernelCache,
  { qweight, qzeros, scales }: Packed<Expr>,
  {
    bits,
    version,
    gIdx,
  }: { readonly bits: unknown; readonly version: unknown; readonly gIdx?: Expr | undefined },
): Expr {
  const codes = codesOf(bits);
  if (version !== 1 && version !== 2)
    throw badLayout(`there is no version ${String(version)}`, "version: 1, or 2");
  needWords("qweight", qweight, { dtype: "i32", rank: 2 });
  const inWord = 32 / Number(bits);
  const [rows, columns] = [pick(qweight.shape, 1), pick(qweight.shape, 0) * inWord];
  const made = repack(kernels, qweight, { rows, columns, codes, along: "columns", steps: [1, rows] });
  const more = version === 1 ? 1 : 0;
  const planes = { codes: made, ...ofGroups(kernels, { qzeros, scales }, { rows, columns, codes, more }) };
  const order = gIdx === undefined ? undefined : ownOrder(gIdx, columns, pick(scales.shape, 0));
  const name = `GPTQ ${String(bits)}`;
  return order === undefined ? weightsOf(planes, [rows, columns], name) : inOrder(planes, order, name);
}

/** `qweight` i32 [in, out / 8], `qzeros` i32 [groups, out / 8], of four bits. Fault `quant/layout`. */
export function awq(kernels: KernelCache, { qweight, qzeros, scales }: Packed<Expr>): Expr {
  needWords("qweight", qweight, { dtype: "i32", rank: 2 });
  const [columns, words] = [pick(qweight.shape, 0), pick(qweight.shape, 1)];
  const rows = words * 8;
  const lay = { rows, codes: "u4", along: "rows", steps: [1, words], evenFirst: true } as const;
  const codes = repack(kernels, qweight, { ...lay, columns });
  const own = ofGroups(kernels, { qzeros, scales }, { rows, columns, codes: "u4", more: 0, evenFirst: true });
  return weightsOf({ codes, ...own }, [rows, columns], "AWQ 4");
}

interface Groups {
  readonly rows: number;
  readonly columns: number;
  readonly codes: PackedDType;
  readonly more: number;
  readonly evenFirst?: boolean;
}

/** Zeros and scales by row: [out · groups, 1]. */
function ofGroups(
  kernels: KernelCache,
  { qzeros, scales }: Omit<Packed<Expr>, "qweight">,
  { rows, columns, codes, more, evenFirst = false }: Groups,
): Pick<Planes, "zeros" | "scales"> {
  needWords("qzeros", qzeros, { dtype: "i32", rank: 2 });
  const [groups = 1, words = 1] = qzeros.shape;
  if (columns % groups !== 0 || sizeOf(scales.shape) !== groups * rows || scales.shape[0] !== groups)
    throw badLayout(
      `scales ${sayShape(scales.shape)} and qzeros ${sayShape(qzeros.shape)} do not fit weights of ${rows} outputs and ${columns} inputs`,
      "scales are [groups, out], qzeros [groups, out / codes in a word]",
    );
  needCount("qzeros", qzeros, (groups * rows * bitsIn(codes)) / 32);
  needScales(scales, groups * rows);
  const lay = { rows, columns: groups, codes, along: "rows", steps: [1, words], evenFirst, more } as const;
  return {
    zeros: reshape(repack(kernels, qzeros, lay), [rows * groups, 1]),
    scales: reshape(permute(scales, [1, 0]), [rows * groups, 1]),
  };
}

const bitsIn = (codes: PackedDType): number => (codes === "u2" ? 2 : codes === "u4" ? 4 : 8);

/** Groups by input, where they are not those of an input after the other. */
function ownOrder(gIdx: Expr, columns: number, groups: number): Expr | undefined {
  needCount("gIdx", gIdx, columns);
  const known = gIdx.bytes && Array.from(fromBytes(gIdx.bytes, gIdx.dtype, columns));
  const wrong = known?.find((group) => group < 0 || group >= groups);
  if (wrong !== undefined)
    throw badLayout(`gIdx names group ${wrong} of ${groups}`, "is it of the same layer?");
  const isPlain = known?.every((group, at) => group === Math.floor((at * groups) / columns)) ?? false;
  return isPlain ? undefined : reshape(gIdx, [columns]);
}

/** Weights whose groups are named by input: each picks its scales and zeros. */
function inOrder({ codes, scales, zeros }: Planes, groups: Expr, format: string): Expr {
  const [rows, columns] = [pick(codes.shape, 0), pick(codes.shape, 1)];
  const picked = (plane: Expr | undefined): Expr | undefined => {
    if (plane === undefined) return undefined;
    const byGroup = permute(reshape(cast(plane, "f32"), [rows, sizeOf(plane.shape) / rows]), [1, 0]);
    return reshape(permute(take(byGroup, groups), [1, 0]), [rows * columns, 1]);
  };
  const numbers = weightsOf({ codes, scales: picked(scales), zeros: picked(zeros) }, [rows, columns], format);
  return numbers.withKept({ format, planes: { ...keptOf({ codes, scales, zeros }), groups } });
}

function isFloat({ dtype }: Expr): boolean {
  return dtypeInfo[valueDType(dtype)].kind === "float";
}

function needScales(scales: Expr, count: number): void {
  if (!isFloat(scales)) throw badLayout(`scales are floats, not ${scales.dtype}`, "f16, or f32");
  needCount("scales", scales, count);
}

function needCount(name: string, { shape }: { readonly shape: Shape }, count: number): void {
  if (sizeOf(shape) === count) return;
  throw badLayout(`${name} are ${count} numbers, not ${sayShape(shape)}`, "is it of the same layer?");
}

function needWords(
  name: string,
  words: Expr,
  { dtype, rank }: { readonly dtype: string; readonly rank?: number },
): void {
  const fits = words.dtype === dtype || (dtype === "i32" && words.dtype === "u32");
  if (fits && (rank === undefined || words.shape.length === rank)) return;
  const axes = rank === undefined ? "" : ` of ${rank} axes`;
  throw badLayout(
    `${name} is ${dtype}${axes}, not ${words.dtype} ${sayShape(words.shape)}`,
    "as the file has it",
  );
}

function badLayout(message: string, hint: string): Fault {
  return new Fault("quant/layout", message, { hint });
}
