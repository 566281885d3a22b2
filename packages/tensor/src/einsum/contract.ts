import { matmul } from "../contract/matmul.ts";
import { arithmetic } from "../elementwise.ts";
import { type Expr, pick } from "../expr.ts";
import { permute, reshape } from "../nodes.ts";
import { floatType } from "../promote.ts";
import { fold } from "../reduce.ts";
import { diagonal } from "../shapes/matrix.ts";
import { sizeOf } from "../shape.ts";
import type { Name } from "./parse.ts";

/** A tensor whose axes have names, each one once. */
export interface Named {
  readonly expr: Expr;
  readonly names: readonly Name[];
}

/** An axis that is named twice becomes its diagonal. */
export function withoutTwins({ expr, names }: Named): Named {
  const twin = names.find((name, at) => names.indexOf(name) !== at);
  if (twin === undefined) return { expr, names };
  const [first, second] = [names.indexOf(twin), names.lastIndexOf(twin)];
  const others = Array.from(names.keys()).filter((axis) => axis !== first && axis !== second);
  const matrix = permute(expr, [...others, first, second]);
  return withoutTwins({
    expr: diagonal(matrix, 0),
    names: [...others.map((axis) => pick(names, axis)), twin],
  });
}

/** Sums over all axes but those that are wanted. */
export function summed({ expr, names }: Named, wanted: ReadonlySet<Name>): Named {
  const kept = names.filter((name) => wanted.has(name));
  const gone = names.filter((name) => !wanted.has(name));
  if (gone.length === 0) return { expr, names };
  if (gone.length === 1) return { expr: fold("sum", expr, names.indexOf(pick(gone, 0))), names: kept };
  const sizes = sizesOf({ expr, names }, kept);
  const flat = reshape(arranged({ expr, names }, [kept, gone]), [
    ...sizes,
    sizeOf(expr.shape) / sizeOf(sizes),
  ]);
  return { expr: fold("sum", flat, -1), names: kept };
}

/**
 * The product of two, summed over the axes that are not kept. Where both have axes of their own, or one has and the other is a
 * vector, it is a batched product of matrices; what else there is fuses into one map, or one fold.
 */
export function contract(a: Named, b: Named, kept: ReadonlySet<Name>): Named {
  const [left, right] = [summed(a, withNames(kept, b)), summed(b, withNames(kept, a))];
  const shared = left.names.filter((name) => right.names.includes(name));
  const batch = shared.filter((name) => kept.has(name));
  const inner = shared.filter((name) => !kept.has(name));
  const own = (side: Named): readonly Name[] => side.names.filter((name) => !shared.includes(name));
  const groups = { batch, inner, left: own(left), right: own(right) };
  const isProduct = inner.length > 0 && groups.left.length + groups.right.length > 0;
  if (!isProduct || !areFloats(left, right)) return multiplied(left, right, groups);
  const turned = { ...groups, left: groups.right, right: groups.left };
  const isTurned = turnedCost(right, left, turned) < turnedCost(left, right, groups);
  return isTurned ? byMatrices(right, left, turned) : byMatrices(left, right, groups);
}

interface Groups {
  /** On both sides, and kept. */
  readonly batch: readonly Name[];
  /** On both sides, and summed over. */
  readonly inner: readonly Name[];
  readonly left: readonly Name[];
  readonly right: readonly Name[];
}

function multiplied(left: Named, right: Named, { batch, inner, ...own }: Groups): Named {
  const [lead, depth] = [sizesOf(left, batch), sizeOf(sizesOf(left, inner))];
  const [m, n] = [sizesOf(left, own.left), sizesOf(right, own.right)];
  const [count, rows, columns] = [sizeOf(lead), sizeOf(m), sizeOf(n)];
  const product = arithmetic(
    "mul",
    reshape(arranged(left, [batch, own.left, inner]), [count, rows, 1, depth]),
    reshape(arranged(right, [batch, own.right, inner]), [count, 1, columns, depth]),
  );
  const total = inner.length === 0 ? product : fold("sum", product, -1);
  return { expr: reshape(total, [...lead, ...m, ...n]), names: [...batch, ...own.left, ...own.right] };
}

/** Elements that a product would copy since they lie in another order; a side without axes of its own stands on the left, as a row. */
function turnedCost(left: Named, right: Named, groups: Groups): number {
  if (groups.right.length === 0) return Infinity;
  const copies = (side: Named, ...orders: readonly (readonly (readonly Name[])[])[]): number =>
    orders.some((order) => String(order.flat()) === String(side.names)) ? 0 : sizeOf(side.expr.shape);
  const { batch, inner, left: rows, right: columns } = groups;
  return copies(left, [batch, rows, inner]) + copies(right, [batch, columns, inner], [batch, inner, columns]);
}

function byMatrices(left: Named, right: Named, { batch, inner, ...own }: Groups): Named {
  const isTurned = inner.includes(right.names.at(-1) ?? "");
  const lead = sizesOf(left, batch);
  const a = arranged(left, [batch, own.left, inner]);
  const b = arranged(right, isTurned ? [batch, own.right, inner] : [batch, inner, own.right]);
  const count = sizeOf(lead);
  const [m, k, n] = [sizesOf(left, own.left), sizesOf(left, inner), sizesOf(right, own.right)];
  const [rows, depth, columns] = [sizeOf(m), sizeOf(k), sizeOf(n)];
  const stack = (expr: Expr, sizes: readonly number[]): Expr =>
    reshape(expr, lead.length === 0 ? sizes : [count, ...sizes]);
  const product = matmul(stack(a, [rows, depth]), stack(b, isTurned ? [columns, depth] : [depth, columns]), {
    transposeRight: isTurned,
  });
  return { expr: reshape(product, [...lead, ...m, ...n]), names: [...batch, ...own.left, ...own.right] };
}

/** Axes in the order of these groups. */
export function arranged({ expr, names }: Named, groups: readonly (readonly Name[])[]): Expr {
  return permute(
    expr,
    groups.flat().map((name) => names.indexOf(name)),
  );
}

function sizesOf({ expr, names }: Named, wanted: readonly Name[]): readonly number[] {
  return wanted.map((name) => pick(expr.shape, names.indexOf(name)));
}

function withNames(kept: ReadonlySet<Name>, { names }: Named): ReadonlySet<Name> {
  return new Set([...kept, ...names]);
}

/** Products of matrices are made of floats; those of integers stay exact. */
function areFloats(...sides: readonly Named[]): boolean {
  return sides.every(({ expr }) => floatType(expr.dtype) === expr.dtype);
}
