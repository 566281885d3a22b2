import { Fault } from "@tilebook/base";
import { cast } from "../nodes.ts";
import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { checkOptions } from "../options.ts";
import { promote } from "../promote.ts";
import { sayShape, sizeOf } from "../shape.ts";
import { launchOne, type LibraryDType } from "./launch.ts";
import { computedIn } from "./rows.ts";

/** Before equal elements (`"left"`) or behind them. */
type Side = "left" | "right";

export interface SearchOptions {
  /** Default: `"left"`. */
  readonly side?: Side;
}

/** Halves an open range [least, most) until it is empty: `steps` turns are enough for the n elements. */
function searchText(dtype: LibraryDType, side: Side): string {
  const nan = (name: string): string => (dtype === "f32" ? `isNaN(${name})` : "false");
  const less = (a: string, b: string): string =>
    dtype === "f32" ? `(!${nan(a)} && (${nan(b)} || ${a} < ${b}))` : `(${a} < ${b})`;
  return `kernel((x: Ptr<"${dtype}">, wanted: Ptr<"${dtype}">, y: Ptr<"i32">, n: i32, count: i32, steps: i32, BLOCK: Const) => {
  const at = programId(0) * BLOCK + arange(BLOCK);
  const inside = at < count;
  const value = load(wanted + at, inside);
  let least = zeros([BLOCK], "i32");
  let most = zeros([BLOCK], "i32") + n;
  for (const turn of range(steps)) {
    const open = least < most && inside;
    const middle = (least + most) >> 1;
    const seen = load(x + middle, open);
    const more = open && ${side === "left" ? less("seen", "value") : `!${less("value", "seen")}`};
    least = where(more, middle + 1, least);
    most = where(open && !more, middle, most);
  }
  store(y + at, least, inside);
})`;
}

/**
 * For each value the place in the ascending vector `sorted` where it would go (NumPy's searchsorted): how many elements are
 * less, or with `right` less or equal. NaN counts as the greatest. Faults `shape/search`.
 */
export function searchSorted(
  kernels: KernelCache,
  sorted: Expr,
  values: Expr,
  options: SearchOptions = {},
): Expr {
  checkOptions("searchSorted", options, ["side"]);
  const { side = "left" } = options;
  if (sorted.shape.length !== 1) {
    const message = `searchsorted looks in a vector, not in a tensor of shape ${sayShape(sorted.shape)}`;
    throw new Fault("shape/search", message, {
      hint: "take one row, or flatten it first: x.reshape(-1).sort()",
    });
  }
  if (side !== "left" && side !== "right")
    throw new Fault("tensor/side", `side is "left" or "right", not ${String(side)}`);
  const dtype = computedIn(promote(sorted.dtype, values.dtype));
  const [n, count] = [sizeOf(sorted.shape), sizeOf(values.shape)];
  return launchOne(kernels, {
    name: "search_sorted",
    text: searchText(dtype, side),
    constants: { BLOCK: 256 },
    grid: [Math.ceil(count / 256), 1, 1],
    given: {
      x: cast(sorted, dtype),
      wanted: cast(values, dtype),
      y: { makes: { dtype: "i32", shape: values.shape } },
      n,
      count,
      steps: Math.ceil(Math.log2(n + 1)),
    },
  });
}
