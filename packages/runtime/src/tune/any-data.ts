import {
  argumentsOf,
  blocksOf,
  operandsOf,
  resultsOf,
  type TileKernel,
  type TileOp,
  yieldsOf,
} from "@tilebook/ir";

/**
 * Whether a kernel does the same work whatever stands in its buffers: no place, mask, bound or branch comes out of memory. Only
 * such a kernel can be measured on other data than its own.
 */
export function takesAnyData({ body }: TileKernel): boolean {
  const fromMemory = new Set<number>();
  // A value may go round a loop before it is used.
  for (let before = -1; before < fromMemory.size;) {
    before = fromMemory.size;
    spread(body, fromMemory);
  }
  return !steersBy(body, fromMemory);
}

/** Adds what is computed from memory. */
function spread(body: readonly TileOp[], fromMemory: Set<number>): void {
  for (const op of body) {
    for (const block of blocksOf(op)) spread(block, fromMemory);
    for (const value of madeFromMemory(op, fromMemory)) fromMemory.add(value);
  }
}

function madeFromMemory(op: TileOp, fromMemory: ReadonlySet<number>): readonly number[] {
  const has = (value: number): boolean => fromMemory.has(value);
  if (op.kind === "for")
    // Each carried value for itself: beside the sums there may be places that go on.
    return op.carried
      .filter((item) => has(item.init) || has(item.yield))
      .flatMap((item) => [item.argument, item.result]);
  const isRead = op.kind === "load" || op.kind === "atomic";
  if (!isRead && ![...operandsOf(op), ...yieldsOf(op).flat()].some(has)) return [];
  return [...resultsOf(op), ...argumentsOf(op)].map(({ value }) => value);
}

function steersBy(body: readonly TileOp[], fromMemory: ReadonlySet<number>): boolean {
  return body.some(
    (op) =>
      op.kind === "atomic" ||
      steering(op).some((value) => value !== undefined && fromMemory.has(value)) ||
      blocksOf(op).some((block) => steersBy(block, fromMemory)),
  );
}

/** The values that say where, whether and how often. */
function steering(op: TileOp): readonly (number | undefined)[] {
  if (op.kind === "load" || op.kind === "store") return [op.offset, op.mask];
  if (op.kind === "gather") return [op.index];
  if (op.kind === "if") return [op.condition];
  if (op.kind !== "for") return [];
  return [op.lower, op.upper, op.while];
}
