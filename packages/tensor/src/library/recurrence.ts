import { valueDType } from "@tilebook/ir";
import { arithmetic } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { fill, paste, slice } from "../nodes.ts";
import { checkAxis } from "../shape.ts";
import { launchLibrary, launchOne, powerOfTwo } from "./launch.ts";
import { asRows } from "./rows.ts";
import { goesInParts, partLength } from "./scan-rows.ts";

/** The maps h -> a h + b, put together: what is 0 stays 0, also by a factor that overflowed on the way. */
const then = "const then = (a1, b1, a2, b2) => [a1 * a2, where(b1 == 0, b2, a2 * b1 + b2)];";

/**
 * A scan of these maps. A program takes ROWS rows, or one part of one row, a tile at a time, and carries h; a tile is scanned in pieces,
 * LANES a row. Parts begin with what the one before them ended with.
 */
function rowsText(carried: boolean): string {
  const first = "carry + row * numPrograms(0) + programId(0) - 1, row < rows && programId(0) > 0";
  return `kernel((a: Ptr, b: Ptr, ${carried ? "carry: Ptr, " : ""}h: Ptr, rows: i32, n: i32, part: i32,
    ROWS: Const, BLOCK: Const, LANES: Const, REVERSE: Const) => {
  ${then}
  const row = programId(1) * ROWS + arange(ROWS);
  const from = programId(0) * part;
  const lane = expand(arange(BLOCK), 0);
  const piece = broadcast(expand(arange(LANES), 0), [ROWS, LANES]);
  let state = ${carried ? `load(${first})` : "zeros([ROWS])"};
  for (const start of range(from, min(from + part, n), BLOCK)) {
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
}

/** The maps of each part of each row put together: factors and terms [rows, parts]. Each of LANES goes through EACH of them alone. */
const partsText = `kernel((a: Ptr, b: Ptr, factors: Ptr, terms: Ptr, n: i32, LANES: Const, EACH: Const, REVERSE: Const) => {
  ${then}
  const row = programId(1);
  const from = programId(0) * (LANES * EACH) + arange(LANES) * EACH;
  let factor = full([LANES], 1);
  let term = zeros([LANES]);
  for (const t of range(0, EACH)) {
    const at = from + t;
    const place = row * n + (REVERSE ? n - 1 - at : at);
    const more = load(a + place, at < n, 1);
    const rest = load(b + place, at < n);
    term = where(term == 0, rest, more * term + rest);
    factor = factor * more;
  }
  const groups = [reshape(factor, [16, idiv(LANES, 16)]), reshape(term, [16, idiv(LANES, 16)])];
  const [grown, held] = reduce(reduce(groups, 1, then), 0, then);
  const place = row * numPrograms(0) + programId(0);
  store(factors + place, grown);
  store(terms + place, held);
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
  const along = asRows(factors, axis);
  const { expr, rows, length } = along;
  const made = recurRows(kernels, { a: expr, b: asRows(terms, axis).expr, rows, length, reverse });
  const pull = (g: Expr, h: Expr, [over = factors]: readonly Expr[]): readonly Expr[] => {
    const next = neighbour(over, { axis, before: reverse });
    const back = recur(kernels, { factors: next, terms: g, axis, reverse: !reverse });
    return [arithmetic("mul", back, neighbour(h, { axis, before: !reverse })), back];
  };
  return along.restore(made).withGradient({ of: [factors, terms], pull });
}

interface Rows {
  /** Factors and terms [rows, length]; any shape of so many. */
  readonly a: Expr;
  readonly b: Expr;
  readonly rows: number;
  readonly length: number;
  readonly reverse: boolean;
}

/** Long rows of few go in parts: the maps of each put together, the recurrence of those, and then each part from where it enters. */
function recurRows(kernels: KernelCache, given: Rows): Expr {
  const { rows, length } = given;
  if (!goesInParts(given)) return oneLaunch(kernels, given);
  const type = { dtype: "f32", shape: [rows, Math.ceil(length / partLength)] } as const;
  const { a, b, reverse } = given;
  const [factors, terms] = launchLibrary(kernels, {
    name: "recurrence_parts",
    text: partsText,
    constants: { LANES: 256, EACH: partLength / 256, REVERSE: reverse },
    grid: [type.shape[1], rows, 1],
    given: { a, b, factors: { makes: type }, terms: { makes: type }, n: length },
  });
  if (factors === undefined || terms === undefined) return oneLaunch(kernels, given);
  const ends = recurRows(kernels, { a: factors, b: terms, rows, length: type.shape[1], reverse: false });
  return oneLaunch(kernels, given, ends);
}

/** From 0 on, or each part from what the one before it ended with. */
function oneLaunch(kernels: KernelCache, { a, b, rows, length, reverse }: Rows, carry?: Expr): Expr {
  const part = carry === undefined ? length : partLength;
  const block = Math.min(1024, powerOfTwo(length));
  const tall = carry === undefined ? Math.min(powerOfTwo(rows), 1024 / block) : 1;
  return launchOne(kernels, {
    name: "recurrence",
    text: rowsText(carry !== undefined),
    constants: { ROWS: tall, BLOCK: block, LANES: block >= 64 ? 32 : 1, REVERSE: reverse },
    grid: [Math.ceil(length / part), Math.ceil(rows / tall), 1],
    given: { a, b, ...(carry === undefined ? {} : { carry }), h: { makes: a.type }, rows, n: length, part },
  });
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
