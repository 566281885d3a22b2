import {
  argumentsOf,
  isValueOp,
  resultsOf,
  type TileKernel,
  type TileOp,
  type ValueId,
  walkOps,
} from "@tilebook/ir";
import { mapBlocks, Renaming, renameReads } from "./rewrite.ts";

/** Ids that no value of a kernel has. */
export class FreshIds {
  #next: ValueId;

  constructor(kernel: TileKernel) {
    let most = Math.max(-1, ...kernel.params.map(({ value }) => value));
    walkOps(kernel.body, (op) => {
      for (const { value } of [...resultsOf(op), ...argumentsOf(op)]) most = Math.max(most, value);
    });
    this.#next = most + 1;
  }

  take(): ValueId {
    this.#next += 1;
    return this.#next - 1;
  }
}

/** The op once more: all that it and its blocks define has a new name, what they read from outside is the same. */
export function copyOp<T extends TileOp>(op: T, fresh: FreshIds): T;
export function copyOp(op: TileOp, fresh: FreshIds): TileOp {
  const renaming = new Renaming();
  const name = (value: ValueId): ValueId => renaming.get(value);
  const copy = (one: TileOp): TileOp => {
    for (const { value } of [...argumentsOf(one), ...resultsOf(one)]) renaming.set(value, fresh.take());
    const inner = mapBlocks(one, (block) => block.map(copy));
    return renameDefinitions(renameReads(inner, name), name);
  };
  return copy(op);
}

function renameDefinitions(op: TileOp, name: (value: ValueId) => ValueId): TileOp {
  if (isValueOp(op)) return { ...op, result: name(op.result) };
  switch (op.kind) {
    case "store":
    case "print":
    case "assert":
      return op;
    case "for": {
      const carried = op.carried.map((item) => ({
        ...item,
        argument: name(item.argument),
        result: name(item.result),
      }));
      const goesOn = op.while === undefined ? {} : { while: name(op.while) };
      return { ...op, index: name(op.index), carried, ...goesOn };
    }
    case "if":
      return { ...op, joined: op.joined.map(named(name)) };
    case "fold":
    case "scan": {
      const combine = { ...op.combine, left: op.combine.left.map(name), right: op.combine.right.map(name) };
      return { ...op, combine, results: op.results.map(named(name)) };
    }
  }
}

function named(name: (value: ValueId) => ValueId): <T extends { readonly result: ValueId }>(item: T) => T {
  return (item) => ({ ...item, result: name(item.result) });
}
