import type { TileOp, ValueId } from "@tilebook/ir";
import type { Facts } from "./facts.ts";

/**
 * The rank-1 values that belong to the rows of a matrix: results of reductions along rows, what is computed from
 * them, and what is laid beside them. They are held by whoever holds those rows.
 */
export function rowValues(facts: Facts): ReadonlySet<ValueId> {
  const groups = new Groups();
  for (const op of facts.ops) for (const [a, b] of neighbours(op, facts)) groups.unite(a, b);
  const seeds = facts.ops.flatMap((op) => seed(op, facts));
  const roots = new Set(seeds.map((value) => groups.rootOf(value)));
  return new Set(
    groups
      .members()
      .filter((value) => roots.has(groups.rootOf(value)))
      .concat(seeds),
  );
}

function seed(op: TileOp, facts: Facts): readonly ValueId[] {
  if (op.kind === "reduce" && op.type.shape.length === 1)
    return op.axis === facts.typeOf(op.input).shape.length - 1 ? [op.result] : [];
  if (op.kind !== "reshape") return [];
  const [rows, columns] = op.type.shape;
  const becomesColumn = op.type.shape.length === 2 && columns === 1 && rows !== 1;
  return becomesColumn && counts(op.input, facts) ? [op.input] : [];
}

/** Pairs of values that want the same owner. */
function neighbours(op: TileOp, facts: Facts): readonly (readonly [ValueId, ValueId])[] {
  if (op.kind === "for")
    return op.carried.flatMap((item) => pairs(item.result, [item.argument, item.init, item.yield], facts));
  if (op.kind === "if")
    return op.joined.flatMap((item) => pairs(item.result, [item.whenTrue, item.whenFalse], facts));
  if (op.kind === "unary" || op.kind === "cast" || op.kind === "bitcast")
    return pairs(op.result, [op.input], facts);
  if (op.kind === "binary") return pairs(op.result, [op.left, op.right], facts);
  return op.kind === "select" ? pairs(op.result, [op.condition, op.yes, op.no], facts) : [];
}

function pairs(value: ValueId, others: readonly ValueId[], facts: Facts): (readonly [ValueId, ValueId])[] {
  return counts(value, facts)
    ? others.filter((other) => counts(other, facts)).map((other) => [value, other] as const)
    : [];
}

/** Constants and index arithmetic are computed anywhere and tie nothing together. */
function counts(value: ValueId, facts: Facts): boolean {
  return facts.typeOf(value).shape.length === 1 && (facts.owned(value) || facts.cost(value) >= 4);
}

class Groups {
  readonly #parents = new Map<ValueId, ValueId>();

  rootOf(value: ValueId): ValueId {
    const parent = this.#parents.get(value) ?? value;
    return parent === value ? value : this.rootOf(parent);
  }

  unite(a: ValueId, b: ValueId): void {
    for (const value of [a, b]) if (!this.#parents.has(value)) this.#parents.set(value, value);
    this.#parents.set(this.rootOf(a), this.rootOf(b));
  }

  members(): ValueId[] {
    return Array.from(this.#parents.keys());
  }
}
