import { valueDType } from "@tilebook/ir";
import { arithmetic } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { fill, paste, slice } from "../nodes.ts";
import { checkAxis } from "../shape.ts";
import { launchOne, powerOfTwo } from "./launch.ts";
import { asRows } from "./rows.ts";

/**
 * A scan of the maps h -> a h + b, which are put together by (a2 a1, a2 b1 + b2). A program takes ROWS rows, a tile at a time, and
 * carries h; a tile is scanned in pieces, LANES a row. What is 0 stays 0, also by a factor that overflowed on the way.
 */
const text = `kernel((a: Ptr, b: Ptr, h: Ptr, rows: i32, n: i32, ROWS: Const, BLOCK: Const, LANES: Const, REVERSE: Const) => {
  const then = (a1, b1, a2, b2) => [a1 * a2, where(b1 == 0, b2, a2 * b1 + b2)];
  const row = programId(0) * ROWS + arange(ROWS);
  const lane = expand(arange(BLOCK), 0);
  const piece = broadcast(expand(arange(LANES), 0), [ROWS, LANES]);
  let state = zeros([ROWS]);
  for (const start of range(0, n, BLOCK)) {
    const at = start + lane;
    const inside = at < n && expand(row < rows, 1);
    const place = expand(row * n, 1) + (REVERSE ? n - 1 - at : at);
    const factors = reshape(load(a + place, inside, 1), [ROWS, LANES, idiv(BLOCK, LANES)]);
    const terms = reshape(load(b + place, inside), [ROWS, LANES, idiv(BLOCK, LANES)]);
    const [grown, held] = scan([factors, terms], 2, then);
    const [allGrown, allHeld] = scan(reduce([factors, terms], 2, then), 1, then);
    const ahead = maximum(piece - 1, 0);
    const factor = where(piece > 0, gather(allGrown, ahead, 1), 1);
    const term = where(piece > 0, gather(allHeld, ahead, 1), 0);
    const old = expand(state, 1);
    const entering = expand(where(old == 0, term, factor * old + term), 2);
    const running = reshape(where(entering == 0, held, grown * entering + held), [ROWS, BLOCK]);
    store(h + place, running, inside);
    state = sum(where(lane == BLOCK - 1, running, 0), 1);
  }
})`;

export interface Recurrence {
  /** The first one counts for nothing. */
  readonly factors: Expr;
  readonly terms: Expr;
  readonly axis: number;
  /** Begins at the end. */
  readonly reverse: boolean;
}

/**
 * h[t] = factors[t] h[t - 1] + terms[t] along one axis, from h = 0 on; all f32 of one shape. Its gradient is a recurrence from the other
 * end (Martin and Cundy, "Parallelizing linear recurrent neural nets over sequence length", 2018), so it has those of any order.
 */
export function recur(kernels: KernelCache, { factors, terms, axis, reverse }: Recurrence): Expr {
  const a = asRows(factors, axis);
  const { rows, length } = a;
  const block = Math.min(1024, powerOfTwo(length));
  const tall = Math.min(powerOfTwo(rows), 1024 / block);
  const made = launchOne(kernels, {
    name: "recurrence",
    text,
    constants: { ROWS: tall, BLOCK: block, LANES: block >= 64 ? 32 : 1, REVERSE: reverse },
    grid: [Math.ceil(rows / tall), 1, 1],
    given: { a: a.expr, b: asRows(terms, axis).expr, h: { makes: a.expr.type }, rows, n: length },
  });
  const pull = (g: Expr, h: Expr, [along = factors]: readonly Expr[]): readonly Expr[] => {
    const next = neighbour(along, { axis, before: reverse });
    const back = recur(kernels, { factors: next, terms: g, axis, reverse: !reverse });
    return [arithmetic("mul", back, neighbour(h, { axis, before: !reverse })), back];
  };
  return a.restore(made).withGradient({ of: [factors, terms], pull });
}

/** For each element the one before (or behind) it along an axis; 0 where there is none. */
export function neighbour(
  input: Expr,
  { axis, before }: { readonly axis: number; readonly before: boolean },
): Expr {
  const at = checkAxis(axis, input.shape.length);
  const size = input.shape[at] ?? 1;
  const none = fill(0, input.shape, valueDType(input.dtype));
  if (size === 1) return none;
  const start = (from: number): readonly number[] => input.shape.map((_, n) => (n === at ? from : 0));
  const moved = slice(input, start(before ? 0 : 1), input.shape.with(at, size - 1));
  return paste(moved, none, start(before ? 1 : 0));
}
