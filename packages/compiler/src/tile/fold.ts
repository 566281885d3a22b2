import {
  binaryMeaning,
  type DType,
  dtypeInfo,
  isValueOp,
  type TileKernel,
  type TileOp,
  type TileValueOp,
  unaryMeaning,
  type ValueId,
} from "@tilebook/ir";
import { mapBlocks } from "./rewrite.ts";

/** Computes what is known before the kernel runs. Scalars become constants; branches on constants stay. */
export function foldConstants(kernel: TileKernel): TileKernel {
  const constants = new Map<ValueId, number>();
  const run = (block: readonly TileOp[]): readonly TileOp[] =>
    block.map((op) => {
      if (!isValueOp(op)) return mapBlocks(op, run);
      const value = op.type.shape.length === 0 ? valueOf(op, constants) : undefined;
      if (value === undefined) return op;
      constants.set(op.result, value);
      return op.kind === "const" ? op : constantFrom(op, value);
    });
  return { ...kernel, body: run(kernel.body) };
}

function constantFrom(op: TileValueOp, value: number): TileOp {
  const { result, type, label, span } = op;
  const notes = { ...(label === undefined ? {} : { label }), ...(span === undefined ? {} : { span }) };
  return { kind: "const", value, result, type, ...notes };
}

function valueOf(op: TileValueOp, constants: ReadonlyMap<ValueId, number>): number | undefined {
  if (op.kind === "const") return op.value;
  if (op.kind === "unary") {
    const input = constants.get(op.input);
    return input === undefined ? undefined : rounded(unaryMeaning[op.op](input), op.type.dtype);
  }
  if (op.kind !== "binary") return undefined;
  const [left, right] = [constants.get(op.left), constants.get(op.right)];
  if (left === undefined || right === undefined) return undefined;
  if (op.op === "mul" && dtypeInfo[op.type.dtype].kind === "integer")
    return rounded(Math.imul(left, right), op.type.dtype);
  return rounded(binaryMeaning[op.op](left, right), op.type.dtype);
}

function rounded(value: number, dtype: DType): number {
  return dtypeInfo[dtype].round(value);
}
