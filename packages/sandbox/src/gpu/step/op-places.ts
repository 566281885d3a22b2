import { blocksOf, type ForOp, type TileKernel, type TileOp, yieldsOf } from "@tilebook/ir";

/** The ops of a kernel by number, in the order of its text, and where each stands. */
export interface OpPlaces {
  readonly ops: readonly TileOp[];
  numberOf(op: TileOp): number | undefined;
  /** The line of the text (counted from 0) that op `n` begins on. */
  readonly lines: readonly number[];
  /** The innermost loop around an op. */
  loopAround(op: TileOp): ForOp | undefined;
  isInside(op: TileOp, loop: ForOp): boolean;
}

export function placesOf({ body }: TileKernel): OpPlaces {
  const numbers = new Map<TileOp, number>();
  const lines: number[] = [];
  const parents = new Map<TileOp, TileOp>();
  // The kernel's own line comes first.
  let line = 1;
  const visit = (op: TileOp, parent: TileOp | undefined): void => {
    lines.push(line);
    numbers.set(op, numbers.size);
    if (parent !== undefined) parents.set(op, parent);
    line += 1;
    const yields = yieldsOf(op);
    blocksOf(op).forEach((block, at) => {
      for (const inner of block) visit(inner, op);
      // `yield` when the block hands something out, and the line that closes it.
      line += (yields[at]?.length ?? 0) > 0 ? 2 : 1;
    });
  };
  for (const op of body) visit(op, undefined);
  const loopAround = (op: TileOp): ForOp | undefined => {
    const parent = parents.get(op);
    if (parent === undefined || parent.kind === "for") return parent;
    return loopAround(parent);
  };
  const isInside = (op: TileOp, loop: ForOp): boolean => {
    const parent = parents.get(op);
    return parent !== undefined && (parent === loop || isInside(parent, loop));
  };
  return { ops: [...numbers.keys()], numberOf: (op) => numbers.get(op), lines, loopAround, isInside };
}
