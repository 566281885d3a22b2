import { type Expr, pick } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { launchLibrary, powerOfTwo } from "../library/launch.ts";
import { reshape } from "../nodes.ts";
import { sizeOf } from "../shape.ts";

/** A plan's numbers that are known without the device. */
export interface PlanSizes {
  readonly tokens: number;
  /** Slots of a token: how many experts it goes to. */
  readonly k: number;
  readonly experts: number;
  /** Only the first ones have rows to compute; slots of the others have rows, too, behind them. */
  readonly computed: number;
  /** Rows of a tile. */
  readonly block: number;
}

/** Who works on what, made on the device. A slot is a token's choice: slot t k + j is choice j of token t. All i32. */
export interface PlanParts {
  /** [experts]: slots that chose it, dropped ones, too. */
  readonly counts: Expr;
  /** [experts + 1]: expert e has rows starts[e] to starts[e + 1] - 1. */
  readonly starts: Expr;
  /** [tokens, k]: the row of each slot; -1 where it was dropped or names no expert. */
  readonly rows: Expr;
  /** [tokens k]: the slot of each row. Rows from starts[experts] on have none. */
  readonly slots: Expr;
  /** [tiles, 3]: expert, first row and end of up to `block` rows of one expert; expert -1 where there is no tile. */
  readonly tiles: Expr;
}

export type Plan = PlanParts & PlanSizes;

/**
 * Most tiles that n rows of some experts need, however they are routed: with one row each, all experts have a tile, and another one for each whole
 * block of the rest.
 */
export function mostTiles(rows: number, { computed, block }: Pick<PlanSizes, "computed" | "block">): number {
  const own = Math.min(computed, rows);
  return own + Math.floor((rows - own) / block);
}

/** The slots of one program: it goes through them BLOCK at a time. */
const wholePart = 4096;
const manyPart = 1024;

const eachBlock = `for (const first of range(part * PART, minimum(n, (part + 1) * PART), BLOCK)) {
    const slot = first + arange(BLOCK);
    const id = load(ids + slot, slot < n, -1);
    const good = id >= 0 && id < experts;`;

/** Slots of each expert in a part. */
const count = `
  let held = zeros([EXPERTS], "i32");
  ${eachBlock}
    held += histogram(id, EXPERTS, good);
  }`;

/** From `total` [EXPERTS] slots of each: where their rows begin, and the tiles. */
const lay = (limits: boolean): string => `
  const most = ${limits ? "load(limits + expert, expert < experts)" : "broadcast(limit, [EXPERTS])"};
  const kept = minimum(total, most);
  const begin = cumsum(kept, 0) - kept;
  store(counts + expert, total, expert < experts);
  store(starts + expert, begin, expert <= experts);
  const pieces = where(expert < computed, cdiv(kept, ROWS), 0);
  const ends = cumsum(pieces, 0);
  for (const first of range(0, TILES, 64)) {
    const tile = expand(first + arange(64), 1);
    const mine = tile >= expand(ends - pieces, 0) && tile < expand(ends, 0);
    const row = expand(begin, 0) + (tile - expand(ends - pieces, 0)) * ROWS;
    const end = minimum(row + ROWS, expand(begin + kept, 0));
    const at = tiles + 3 * (first + arange(64));
    const there = first + arange(64) < TILES;
    store(at, sum(where(mine, expand(expert, 0) + 1, 0), 1) - 1, there);
    store(at + 1, sum(where(mine, row, 0), 1), there);
    store(at + 2, sum(where(mine, end, 0), 1), there);
  }`;

/** The rows of a part's slots, in order; `held` [EXPERTS] is how many each expert had before, `begin` and `most` are those of all. */
const place = `
  ${eachBlock}
    const same = expand(id, 1) == expand(id, 0) && expand(arange(BLOCK), 0) < expand(arange(BLOCK), 1);
    const own = minimum(maximum(id, 0), EXPERTS - 1);
    const rank = gather(held, own, 0) + sum(same, 1);
    const stays = good && rank < gather(most, own, 0);
    const row = gather(begin, own, 0) + rank;
    store(rows + slot, where(stays, row, -1), slot < n);
    store(slots + row, slot, stays);
    held += histogram(id, EXPERTS, good);
  }`;

const sizes = `n: i32, experts: i32, computed: i32, limit: i32, EXPERTS: Const, ROWS: Const, TILES: Const, BLOCK: Const, PART: Const`;
const i32s = (...names: readonly string[]): string => names.map((name) => `${name}: Ptr<"i32">`).join(", ");
const bounds = (limits: boolean): readonly string[] => (limits ? ["limits"] : []);

/** All in one program. */
const wholeText = (limits: boolean): string =>
  `kernel((${i32s("ids", ...bounds(limits), "counts", "starts", "tiles", "rows", "slots")}, ${sizes}) => {
  const part = 0;
  const expert = arange(EXPERTS);${count}
  const total = held;${lay(limits)}
  held = zeros([EXPERTS], "i32");${place}
})`;

const countText = `kernel((${i32s("ids", "partCounts")}, n: i32, experts: i32, EXPERTS: Const, BLOCK: Const, PART: Const) => {
  const part = programId(0);${count}
  store(partCounts + (part * EXPERTS + arange(EXPERTS)), held);
})`;

/** Also makes of each part's counts those of the parts before it. */
const layText = (limits: boolean): string =>
  `kernel((${i32s("partCounts", ...bounds(limits), "counts", "starts", "tiles", "before")}, parts: i32, experts: i32, computed: i32, limit: i32, EXPERTS: Const, ROWS: Const, TILES: Const) => {
  const expert = arange(EXPERTS);
  let total = zeros([EXPERTS], "i32");
  for (const part of range(parts)) {
    store(before + (part * EXPERTS + expert), total);
    total += load(partCounts + (part * EXPERTS + expert));
  }${lay(limits)}
})`;

const placeText = (limits: boolean): string =>
  `kernel((${i32s("ids", ...bounds(limits), "starts", "before", "rows", "slots")}, n: i32, experts: i32, limit: i32, EXPERTS: Const, BLOCK: Const, PART: Const) => {
  const part = programId(0);
  const expert = arange(EXPERTS);
  const begin = load(starts + expert, expert <= experts);
  const most = ${limits ? "load(limits + expert, expert < experts)" : "broadcast(limit, [EXPERTS])"};
  let held = load(before + (part * EXPERTS + expert));${place}
})`;

/** What a plan is made of. */
export interface PlanGiven {
  /** i32 [tokens, k]; numbers outside of 0 to experts - 1 go nowhere. */
  readonly ids: Expr;
  readonly sizes: PlanSizes;
  /** Most rows of each expert: those that come later are dropped. A number, or i32 [experts]. */
  readonly limit: number | Expr;
}

/** One launch for up to 4096 slots, else three, however many experts there are. */
export function makePlan(kernels: KernelCache, given: PlanGiven): Plan {
  const slots = sizeOf(given.ids.shape);
  const parts = slots <= wholePart ? planWhole(kernels, given) : planInParts(kernels, given);
  return { ...parts, ...given.sizes };
}

function i32(shape: readonly number[]): { readonly makes: { dtype: "i32"; shape: readonly number[] } } {
  return { makes: { dtype: "i32", shape } };
}

/** What all kernels of a plan are told. */
function told({ ids, sizes: { experts, computed, block }, limit }: PlanGiven) {
  const slots = sizeOf(ids.shape);
  const tiles = mostTiles(slots, { computed, block });
  return {
    constants: { EXPERTS: powerOfTwo(experts + 1), ROWS: block, TILES: tiles },
    made: { counts: i32([experts]), starts: i32([experts + 1]), tiles: i32([tiles, 3]) },
    flat: reshape(ids, [slots]),
    limited: typeof limit !== "number",
    given: {
      ...(typeof limit === "number" ? {} : { limits: limit }),
      limit: typeof limit === "number" ? limit : 0,
      experts,
      computed,
    },
    slots,
  };
}

function planWhole(kernels: KernelCache, given: PlanGiven): PlanParts {
  const { constants, made, flat, limited, given: numbers, slots } = told(given);
  const results = launchLibrary(kernels, {
    name: "moe_plan",
    text: wholeText(limited),
    constants: { ...constants, BLOCK: Math.min(64, powerOfTwo(slots)), PART: wholePart },
    grid: [1, 1, 1],
    given: { ids: flat, ...numbers, n: slots, ...made, rows: i32(given.ids.shape), slots: i32([slots]) },
  });
  return named(results, ["counts", "starts", "tiles", "rows", "slots"]);
}

function planInParts(kernels: KernelCache, given: PlanGiven): PlanParts {
  const { constants, made, flat, limited, given: numbers, slots } = told(given);
  const parts = Math.ceil(slots / manyPart);
  const { EXPERTS } = constants;
  const ofPart = { EXPERTS, BLOCK: 64, PART: manyPart };
  const [partCounts] = launchLibrary(kernels, {
    name: "moe_count",
    text: countText,
    constants: ofPart,
    grid: [parts, 1, 1],
    given: { ids: flat, partCounts: i32([parts, EXPERTS]), n: slots, experts: numbers.experts },
  });
  const laid = launchLibrary(kernels, {
    name: "moe_lay",
    text: layText(limited),
    constants,
    grid: [1, 1, 1],
    given: {
      partCounts: pick([partCounts], 0) as Expr,
      ...numbers,
      ...made,
      before: i32([parts, EXPERTS]),
      parts,
    },
  });
  const { counts, starts, tiles, before } = named(laid, ["counts", "starts", "tiles", "before"]);
  const placed = launchLibrary(kernels, {
    name: "moe_place",
    text: placeText(limited),
    constants: ofPart,
    grid: [parts, 1, 1],
    given: {
      ids: flat,
      ...numbers,
      starts,
      before,
      n: slots,
      rows: i32(given.ids.shape),
      slots: i32([slots]),
    },
  });
  return { counts, starts, tiles, ...named(placed, ["rows", "slots"]) };
}

function named<Name extends string>(made: readonly Expr[], names: readonly Name[]): Record<Name, Expr> {
  return Object.fromEntries(names.map((name, at) => [name, pick(made, at)])) as Record<Name, Expr>;
}
