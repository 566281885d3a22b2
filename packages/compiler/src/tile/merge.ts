import { isValueOp, type TileKernel, type TileOp, type TileValueOp, type ValueId } from "@tilebook/ir";
import { mapBlocks, readOnlyPointers, Renaming, renameReads } from "./rewrite.ts";

/** Computes equal values once: an op that stands already, in this block or one around it, is not written again. */
export function mergeEqual(kernel: TileKernel): TileKernel {
  const readOnly = readOnlyPointers(kernel);
  const renaming = new Renaming();
  const run = (block: readonly TileOp[], around: ReadonlyMap<string, ValueId>): readonly TileOp[] => {
    const known = new Map(around);
    return block.flatMap((op): TileOp[] => {
      const inner = mapBlocks(op, (nested) => run(nested, known));
      const read = renameReads(inner, (value) => renaming.get(value));
      const key = isValueOp(read) ? keyOf(read, readOnly) : undefined;
      if (key === undefined || !isValueOp(read)) return [read];
      const same = known.get(key);
      if (same === undefined) known.set(key, read.result);
      else renaming.set(read.result, same);
      return same === undefined ? [read] : [];
    });
  };
  return { ...kernel, body: run(kernel.body, new Map()) };
}

/** Equal keys, equal values. Loads of memory that the kernel writes have none. */
function keyOf(op: TileValueOp, readOnly: ReadonlySet<ValueId>): string | undefined {
  if (op.kind === "atomic" || (op.kind === "load" && !readOnly.has(op.pointer))) return undefined;
  const { result: _, label: __, span: ___, ...what } = op;
  const value = what.kind === "const" ? String(Object.is(what.value, -0) ? "-0" : what.value) : "";
  return JSON.stringify(what) + value;
}
