import {
  isValueOp,
  type LaunchNumbers,
  type Range,
  rangesOf,
  type TileKernel,
  type TileOp,
  type TileValueOp,
  type ValueId,
} from "@tilebook/ir";
import { decide } from "./decide.ts";
import { mapBlocks, Renaming, renameReads } from "./rewrite.ts";

/**
 * Decides comparisons whose outcome the ranges of their operands already tell, and carries that through masks:
 * `columns < 64` over `arange(0, 64)` is no mask at all. With the numbers of a launch, `columns < n` may be none either.
 */
export function simplifyMasks(kernel: TileKernel, launch?: LaunchNumbers): TileKernel {
  const ranges = rangesOf(kernel, launch);
  const known = new Map<ValueId, boolean>();
  const renaming = new Renaming();
  const run = (block: readonly TileOp[]): readonly TileOp[] =>
    block.map((op) => {
      const inner = mapBlocks(op, run);
      const read = renameReads(inner, (value) => renaming.get(value));
      return isValueOp(read) ? simplify(read, { known, renaming, ranges }) : dropMask(read, known);
    });
  return { ...kernel, body: run(kernel.body) };
}

interface State {
  readonly known: Map<ValueId, boolean>;
  readonly renaming: Renaming;
  readonly ranges: (value: ValueId) => Range;
}

function simplify(op: TileValueOp, state: State): TileOp {
  const { known, renaming } = state;
  const truth = truthOf(op, state);
  if (truth !== undefined) {
    known.set(op.result, truth);
    return op.type.shape.length === 0 ? constantOp(op, truth) : op;
  }
  if (op.kind === "binary" && op.op === "and" && op.type.dtype === "bool") {
    if (known.get(op.left) === true) renaming.set(op.result, op.right);
    if (known.get(op.right) === true) renaming.set(op.result, op.left);
  }
  if (op.kind === "select") {
    const condition = known.get(op.condition);
    if (condition !== undefined) renaming.set(op.result, condition ? op.yes : op.no);
  }
  return dropMask(op, known);
}

function constantOp(op: TileValueOp, truth: boolean): TileOp {
  const { result, type, label, span } = op;
  const base = {
    result,
    type,
    ...(label === undefined ? {} : { label }),
    ...(span === undefined ? {} : { span }),
  };
  return { kind: "const", value: truth ? 1 : 0, ...base };
}

function truthOf(op: TileValueOp, { known, ranges }: State): boolean | undefined {
  if (op.type.dtype !== "bool") return undefined;
  if (op.kind === "const") return op.value !== 0;
  if (op.kind === "broadcast" || op.kind === "reshape" || op.kind === "transpose") return known.get(op.input);
  if (op.kind === "unary") return negate(known.get(op.input));
  if (op.kind !== "binary") return undefined;
  const [left, right] = [known.get(op.left), known.get(op.right)];
  if (op.op === "and")
    return left === false || right === false ? false : left === true && right === true ? true : undefined;
  if (op.op === "or")
    return left === true || right === true ? true : left === false && right === false ? false : undefined;
  return decide(op.op, ranges(op.left), ranges(op.right));
}

function negate(truth: boolean | undefined): boolean | undefined {
  return truth === undefined ? undefined : !truth;
}

/** A load or store whose mask is true everywhere needs none. */
function dropMask(op: TileOp, known: ReadonlyMap<ValueId, boolean>): TileOp {
  if (op.kind === "store" && op.mask !== undefined && known.get(op.mask) === true) {
    const { mask: _, ...rest } = op;
    return rest;
  }
  if (op.kind !== "load" || op.mask === undefined || known.get(op.mask) !== true) return op;
  const { mask: _, other: __, ...rest } = op;
  return rest;
}
