import { Fault } from "@tilebook/base";
import { bytesFor, halfBits, halfValue } from "../bytes.ts";
import type { Expr } from "../expr.ts";
import { fileDTypeOf, toFile } from "../files/elements.ts";
import { sayShape, type Shape, sizeOf } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import type { Workspace } from "../workspace.ts";
import { formatNamed } from "./formats.ts";
import { isInOrder } from "./in-order.ts";
import { blockBytes, type StoredPlanes, writtenBlocks } from "./places.ts";
import { storedPlanes, wholeOf, type WholeWeights } from "./stored.ts";

/** Types of numbers that a tensor can be rounded to. */
export const plainTypes = ["F32", "F16", "BF16"] as const;
export type PlainType = (typeof plainTypes)[number];

/** A tensor as it lies in a GGUF file. */
export interface GgufPart {
  readonly name: string;
  /** Of the type. */
  readonly number: number;
  readonly shape: Shape;
  readonly bytes: Uint8Array;
}

/** Numbers as they are, weights of codes by their codes, or all as numbers of the type that is said. Fault `file/dtype`. */
export async function ggufPart(
  workspace: Workspace,
  name: string,
  tensor: Tensor,
  as: PlainType | undefined,
): Promise<GgufPart> {
  const expr = Tensor.expr(tensor);
  const { kept, shape } = expr;
  if (kept === undefined || as !== undefined) {
    const type = as ?? fileDTypeOf(tensor.dtype);
    const number = formatNamed(type)?.number;
    if (number === undefined) throw noType(name, tensor.dtype);
    const bytes = as === undefined ? await ownBytes(workspace, expr) : toFile(await tensor.data(), as);
    return { name, number, shape, bytes };
  }
  if (!isInOrder(expr))
    throw noType(name, `a view of ${kept.format} weights, of which not all follow each other`);
  const planes = await storedPlanes(workspace, kept);
  const whole = wholeOf(kept.format, planes);
  const [type, own] = whole === undefined ? [kept.format.toUpperCase(), planes] : smallest(name, whole);
  const format = formatNamed(type);
  const count = sizeOf(shape) / (format?.block ?? 1);
  const bytes = format && blockBytes(type, own, [count, format.bytes]);
  if (format === undefined || bytes === undefined) throw noType(name, kept.format);
  if ((shape.at(-1) ?? 1) % format.block !== 0)
    throw noType(name, `${sayShape(shape)}, whose rows are no multiple of ${format.block}`);
  return { name, number: format.number, shape, bytes };
}

/** As they lie on the device, a NaN with all its bits. */
async function ownBytes(workspace: Workspace, expr: Expr): Promise<Uint8Array> {
  const { codes } = await storedPlanes(workspace, { format: "", planes: { codes: expr } });
  return codes?.bytes.subarray(0, bytesFor(codes.count, codes.dtype)) ?? new Uint8Array();
}

function noType(name: string, what: string): Fault {
  return new Fault(
    "file/dtype",
    `${JSON.stringify(name.slice(0, 100))} is ${what}: GGUF has no type for it`,
    {
      hint: `it has F32, F16, I8, I32, ${writtenBlocks.join(", ")}; as: { ${JSON.stringify(name.slice(0, 100))}: "F32" } writes numbers; groups lie along the last axis: w.T`,
    },
  );
}

/** Types of whole numbers times a half, the smallest first: the weights of a block, and the code of 0. */
const types = [
  { type: "TQ2_0", block: 256, zero: 1, least: -1, most: 1 },
  { type: "Q4_0", block: 32, zero: 8, least: -8, most: 7 },
  { type: "Q5_0", block: 32, zero: 16, least: -16, most: 15 },
  { type: "Q8_0", block: 32, zero: 0, least: -128, most: 127 },
] as const;

/** The smallest type that has these very weights. */
function smallest(name: string, weights: WholeWeights): readonly [string, StoredPlanes] {
  const { codes, zeroOf, scales, group } = weights;
  const values = new Int16Array(codes.length);
  let [least, most] = [0, 0];
  for (let at = 0; at < values.length; at++) {
    const value = (codes[at] ?? 0) - zeroOf(Math.floor(at / group));
    if (!Number.isInteger(value)) throw noType(name, "of codes less a fraction");
    [least, most] = [Math.min(least, value), Math.max(most, value)];
    values[at] = value;
  }
  const halves = Uint16Array.from(scales, halfBits);
  const found = types.find((one) => group % one.block === 0 && least >= one.least && most <= one.most);
  if (found === undefined) throw noType(name, `of codes from ${least} to ${most} in groups of ${group}`);
  if (!halves.every((bits, at) => Object.is(halfValue(bits), scales[at])))
    throw noType(name, "of scales that are no halves");
  const count = values.length / found.block;
  const blocks = Uint16Array.from(
    { length: count },
    (_, at) => halves[Math.floor((at * found.block) / group)] ?? 0,
  );
  const own = Uint8Array.from(values, (value) => value + found.zero);
  const plane = { bits: 8, count: values.length };
  const scale = { bytes: new Uint8Array(blocks.buffer), bits: 16, count };
  return [
    found.type,
    {
      codes: { ...plane, bytes: own },
      upper: { ...plane, bytes: own.map((code) => code >> 4) },
      scales: scale,
    },
  ];
}
