import { Fault } from "@tilebook/base";
import { toBytes } from "../bytes.ts";
import { toFile } from "../files/elements.ts";
import type { FileTensor } from "../files/safetensors.ts";
import type { Expr } from "../expr.ts";
import { sayShape, type Shape } from "../shape.ts";
import type { Workspace } from "../workspace.ts";
import { isInOrder } from "./in-order.ts";
import { type StoredPlane, storedPlanes, wholeOf } from "./stored.ts";

export const codeLayouts = ["gptq", "matMulNBits"] as const;
/** How weights of codes lie in a safetensors file. */
export type CodeLayout = (typeof codeLayouts)[number];

/** Weights [rows, columns] by their codes, all without signs; a zero and a scale for each row and group. */
interface Laid {
  readonly rows: number;
  readonly columns: number;
  readonly groups: number;
  readonly bits: number;
  readonly codes: ArrayLike<number>;
  readonly zeros: ArrayLike<number>;
  /** All zeros are the middle. */
  readonly isEven: boolean;
  readonly scales: ArrayLike<number>;
  readonly scaleType: "F16" | "F32";
  /** The group of each column, where they are not in a row. */
  readonly order: StoredPlane | undefined;
}

/** The parts of a layer under the names of its layout, "up.qweight" of "up.weight". Fault `quant/layout`. */
export async function layoutParts(
  workspace: Workspace,
  name: string,
  { expr, layout }: { readonly expr: Expr; readonly layout: CodeLayout },
): Promise<readonly FileTensor[]> {
  const laid = await laidOut(workspace, expr);
  const parts = laid && (layout === "gptq" ? gptqParts(laid) : nBitsParts(laid));
  if (parts !== undefined) {
    const of = name.replace(/\.weight$/, "");
    return parts.map((part) => ({ ...part, name: `${of}.${part.name}` }));
  }
  const what = `${expr.kept?.format ?? ""} ${sayShape(expr.shape)}`;
  throw new Fault(
    "quant/layout",
    `${JSON.stringify(name.slice(0, 100))} is ${what}, which ${layout} has no place for`,
    {
      hint: "it has weights [out, in] of 2, 4 or 8 bits with scales along in: w.T of those along axis 0; gguf.write has other formats",
    },
  );
}

async function laidOut(workspace: Workspace, expr: Expr): Promise<Laid | undefined> {
  const { kept, shape } = expr;
  const [rows = 1, columns = 1] = shape;
  if (kept === undefined || shape.length !== 2 || !isInOrder(expr)) return undefined;
  const { codes, scales, groups: order, ...others } = await storedPlanes(workspace, kept);
  if (codes === undefined || scales === undefined) return undefined;
  const whole = wholeOf(kept.format, { ...others, codes, scales });
  const groups = scales.count / rows;
  if (whole === undefined || !Number.isInteger(groups)) return undefined;
  const { bits } = codes;
  const sign = codes.dtype === "i8" ? 128 : 0;
  const zeros = Array.from({ length: scales.count }, (_, at) => whole.zeroOf(at) + sign);
  if (zeros.some((zero) => !(Number.isInteger(zero) && zero >= 0 && zero < 2 ** bits))) return undefined;
  return {
    rows,
    columns,
    groups,
    bits,
    zeros,
    order,
    codes: sign === 0 ? whole.codes : Uint8Array.from(whole.codes, (code) => code + sign),
    isEven: zeros.every((zero) => zero === 2 ** (bits - 1)),
    scales: whole.scales,
    scaleType: scales.dtype === "f16" ? "F16" : "F32",
  };
}

/** `qweight` i32 [in / codes, out], `qzeros` i32 [groups, out / codes], each less one (version 1), `scales` [groups, out], `g_idx` i32 [in]. */
function gptqParts(laid: Laid): readonly FileTensor[] | undefined {
  const { rows, columns, groups, bits, codes, zeros, order } = laid;
  const inWord = 32 / bits;
  if (rows % inWord !== 0 || columns % inWord !== 0) return undefined;
  const down = Uint8Array.from({ length: rows * columns }, (_, at) => {
    const [word, place] = [Math.floor(at / inWord), at % inWord];
    return codes[(word % rows) * columns + Math.floor(word / rows) * inWord + place] ?? 0;
  });
  const turned = (of: ArrayLike<number>): number[] =>
    Array.from({ length: rows * groups }, (_, at) => of[(at % rows) * groups + Math.floor(at / rows)] ?? 0);
  const less = turned(zeros).map((zero) => zero - 1);
  const inARow = Array.from({ length: columns }, (_, at) => Math.floor((at * groups) / columns));
  const bytes = order?.bytes.subarray(0, 4 * columns) ?? toFile(inARow, "I32");
  return [
    { name: "qweight", dtype: "I32", shape: [columns / inWord, rows], bytes: packed(down, bits) },
    { name: "qzeros", dtype: "I32", shape: [groups, rows / inWord], bytes: packed(less, bits) },
    scalesPart(laid, [groups, rows], turned(laid.scales)),
    { name: "g_idx", dtype: "I32", shape: [columns], bytes },
  ];
}

/** `codes` u8 [out, groups, bytes], `scales` [out, groups], `zeroPoints` u8 [out, bytes] where they are not the middle. */
function nBitsParts(laid: Laid): readonly FileTensor[] | undefined {
  const { rows, columns, groups, bits, codes, zeros, order } = laid;
  const inGroup = ((columns / groups) * bits) / 8;
  if (order !== undefined || !Number.isInteger(inGroup)) return undefined;
  const inRow = Math.ceil((groups * bits) / 8);
  const padded = (inRow * 8) / bits;
  const points = Array.from({ length: rows * padded }, (_, at) => {
    const [row, group] = [Math.floor(at / padded), at % padded];
    return group < groups ? (zeros[row * groups + group] ?? 0) : 0;
  });
  const own: FileTensor = {
    name: "zeroPoints",
    dtype: "U8",
    shape: [rows, inRow],
    bytes: packed(points, bits),
  };
  return [
    { name: "codes", dtype: "U8", shape: [rows, groups, inGroup], bytes: packed(codes, bits) },
    scalesPart(laid, [rows, groups], laid.scales),
    ...(laid.isEven ? [] : [own]),
  ];
}

function scalesPart({ scaleType: dtype }: Laid, shape: Shape, values: ArrayLike<number>): FileTensor {
  return { name: "scales", dtype, shape, bytes: toFile(values, dtype) };
}

/** Next to each other, the first in the lowest bits. */
function packed(values: ArrayLike<number>, bits: number): Uint8Array {
  const dtype = bits === 2 ? "u2" : bits === 4 ? "u4" : "u8";
  return toBytes(values, dtype);
}
