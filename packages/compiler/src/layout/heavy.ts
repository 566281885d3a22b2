import { operandsOf, type TileType, type TileValueOp, type ValueId } from "@tilebook/ir";

interface Given {
  readonly definitions: ReadonlyMap<ValueId, TileValueOp>;
  readonly typeOf: (value: ValueId) => TileType;
  /** Computed once and kept, whatever it costs. */
  readonly isKept: (op: TileValueOp) => boolean;
}

/**
 * So many ops may run at other places to compute one element. Kernels as people write them stay below 100; a chain of
 * stages that each read the one before at two places, as in a sorting network, doubles with every stage.
 */
const mostElsewhere = 200;
/** Looking back further than this at one place finds no new doubling. */
const farthest = 400;

/**
 * Values that would be computed far too often if every place that wants them computed them anew, as it does with index
 * functions: they are computed once, and exchanged. `ops` stand in program order.
 */
export function heavyValues(ops: readonly TileValueOp[], given: Given): ReadonlySet<ValueId> {
  const heavy = new Set<ValueId>();
  const sizes = new Map<ValueId, number>();
  const sizeOf = (value: ValueId): number => sizes.get(value) ?? 1;
  for (const op of ops) {
    const { here, elsewhere } = effort(op, { ...given, heavy, sizeOf });
    const tooMuch = computes(op) && elsewhere > mostElsewhere;
    if (tooMuch) heavy.add(op.result);
    sizes.set(op.result, tooMuch ? 1 : here + elsewhere);
  }
  return heavy;
}

/** Ops that run for one element of a value: at its own place, and at the places that it is gathered from. */
function effort(
  op: TileValueOp,
  given: Given & { readonly heavy: ReadonlySet<ValueId>; readonly sizeOf: (value: ValueId) => number },
): { readonly here: number; readonly elsewhere: number } {
  const waiting: ValueId[] = [op.result];
  const met = new Set(waiting);
  let elsewhere = 0;
  for (let next = 0; next < waiting.length && next < farthest; next++) {
    const value = waiting[next] ?? -1;
    const found = given.definitions.get(value);
    if (found === undefined || given.heavy.has(value) || isFree(found, given)) continue;
    const moved = movedOperands(found);
    for (const operand of moved) elsewhere += given.sizeOf(operand);
    for (const operand of operandsOf(found)) {
      if (moved.includes(operand) || met.has(operand)) continue;
      met.add(operand);
      waiting.push(operand);
    }
  }
  return { here: met.size, elsewhere };
}

function isFree(op: TileValueOp, { typeOf, isKept }: Given): boolean {
  return isKept(op) || typeOf(op.result).shape.length === 0;
}

/** What an op reads at another place than its own. */
function movedOperands(op: TileValueOp): readonly ValueId[] {
  if (op.kind === "join") return [op.left, op.right];
  const moves: readonly TileValueOp["kind"][] = ["broadcast", "reshape", "transpose", "pick", "gather"];
  return moves.includes(op.kind) && "input" in op ? [op.input] : [];
}

function computes(op: TileValueOp): boolean {
  const kinds: readonly TileValueOp["kind"][] = ["unary", "binary", "select", "cast", "load", "gather"];
  return kinds.includes(op.kind);
}
