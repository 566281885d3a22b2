import {
  argumentsOf,
  isValueOp,
  operandsOf,
  resultsOf,
  type TileKernel,
  type TileOp,
  type ValueId,
} from "@tilebook/ir";
import { mapBlocks, readOnlyPointers } from "./rewrite.ts";

/** Moves out of a loop what is the same in every turn. Nothing moves out of a branch: it may not be taken. */
export function hoistFromLoops(kernel: TileKernel): TileKernel {
  const readOnly = readOnlyPointers(kernel);
  const run = (block: readonly TileOp[]): readonly TileOp[] =>
    block.flatMap((op) => {
      const inner = mapBlocks(op, run);
      return inner.kind === "for" ? hoist(inner, readOnly) : [inner];
    });
  return { ...kernel, body: run(kernel.body) };
}

function hoist(loop: Extract<TileOp, { kind: "for" }>, readOnly: ReadonlySet<ValueId>): readonly TileOp[] {
  const varying = new Set<ValueId>(argumentsOf(loop).map(({ value }) => value));
  const moved: TileOp[] = [];
  const left: TileOp[] = [];
  for (const op of loop.body) {
    const fixed =
      isValueOp(op) && isFree(op, readOnly) && !operandsOf(op).some((value) => varying.has(value));
    (fixed ? moved : left).push(op);
    if (!fixed) definedBy(op).forEach((value) => varying.add(value));
  }
  return [...moved, { ...loop, body: left }];
}

/** A dot or a reduction is not worth doing for a loop that may never turn. */
function isFree(op: TileOp, readOnly: ReadonlySet<ValueId>): boolean {
  if (op.kind === "dot" || op.kind === "reduce" || op.kind === "argsort" || op.kind === "atomic")
    return false;
  return op.kind !== "load" || readOnly.has(op.pointer);
}

function definedBy(op: TileOp): readonly ValueId[] {
  return resultsOf(op).map(({ value }) => value);
}
