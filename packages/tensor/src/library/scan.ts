import { arithmetic, choose, compare, floating } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { alias, cast } from "../nodes.ts";
import { checkOptions } from "../options.ts";
import { neighbour, recur } from "./recurrence.ts";
import { asRows, storedAs } from "./rows.ts";
import { type ScanName, scanRows } from "./scan-rows.ts";

export interface ScanOptions {
  /** Begins at the end. */
  readonly reverse?: boolean;
  /** Element i is the fold of those before it, so the first is 0 (of products 1). For sums and products. */
  readonly exclusive?: boolean;
}

/** Which fold, and along which axis. */
type How = { readonly op: ScanName; readonly axis: number } & ScanOptions;

/**
 * Running sums, products, greatest and least along one axis; as ONNX CumSum. Added up in f32 (whole numbers wrap) in an
 * order that depends on the shape alone. cummax and cummin are NaN from the first NaN on.
 */
export function scanAlong(kernels: KernelCache, input: Expr, how: How): Expr {
  const { op, axis, ...options } = how;
  checkOptions(op, options, op === "cumsum" || op === "cumprod" ? ["reverse", "exclusive"] : ["reverse"]);
  const { reverse = false, exclusive = false } = options;
  const { expr, dtype, rows, length, restore } = asRows(input, axis);
  const made = scanRows(kernels, expr, { op, dtype, rows, length, reverse, exclusive });
  const result = cast(restore(made), storedAs(input.dtype));
  const pull = (g: Expr, y: Expr, [x = input]: readonly Expr[]): readonly Expr[] => [
    cast(pulls[op](kernels, { g: cast(g, "f32"), x: cast(x, "f32"), y: cast(y, "f32"), how }), input.dtype),
  ];
  return alias(result).withGradient({ of: [input], pull });
}

interface Pulled {
  readonly g: Expr;
  readonly x: Expr;
  /** The running fold of x. */
  readonly y: Expr;
  readonly how: How;
}

const pulls: Readonly<Record<ScanName, (kernels: KernelCache, pulled: Pulled) => Expr>> = {
  // Each element is in the sums from it on: the gradient is their sum, from the other end.
  cumsum: (kernels, { g, how }) => scanAlong(kernels, g, { ...how, reverse: how.reverse !== true }),
  cumprod: pullProducts,
  cummax: pullExtremes,
  cummin: pullExtremes,
};

/**
 * Of y[i] = x[0] ... x[i]: what stands before x[k], times s[k] = g[k] + x[k + 1] s[k + 1]. Nothing is divided, so it is exact at
 * zeros, too, and so are its own gradients.
 */
function pullProducts(kernels: KernelCache, { g, x, how }: Pulled): Expr {
  const { axis, reverse = false } = how;
  const factors = neighbour(x, { axis, before: reverse });
  const behind = recur(kernels, { factors, terms: inclusive(g, how), axis, reverse: !reverse });
  return arithmetic("mul", behind, scanAlong(kernels, x, { ...how, exclusive: true }));
}

/**
 * Elements that are equally extreme share the cotangent evenly, as those of `max` do: of y[i] those up to i. They stand in one run of
 * equal y, along which they are counted, and their shares added up from the other end.
 */
function pullExtremes(kernels: KernelCache, { g, x, y, how }: Pulled): Expr {
  const { axis, reverse = false } = how;
  const tied = compare("eq", x, y);
  const same = cast(compare("eq", y, neighbour(y, { axis, before: !reverse })), "f32");
  const many = recur(kernels, { factors: same, terms: cast(tied, "f32"), axis, reverse });
  const some = compare("gt", many, 0);
  const terms = choose(some, floating("div", g, choose(some, many, 1)), 0);
  const factors = neighbour(same, { axis, before: reverse });
  return choose(tied, recur(kernels, { factors, terms, axis, reverse: !reverse }), 0);
}

/** The cotangent of the inclusive fold, of which an exclusive one is all but the last, one place on. */
function inclusive(g: Expr, { axis, reverse = false, exclusive = false }: How): Expr {
  return exclusive ? neighbour(g, { axis, before: reverse }) : g;
}
