import { Fault } from "@tilebook/base";
import { needList } from "../options.ts";
import { type Expr, pick } from "../expr.ts";
import { paste } from "../nodes.ts";
import { checkOptions } from "../options.ts";
import { sayShape, type Shape } from "../shape.ts";
import { takeAlong } from "../gather.ts";
import { background } from "./background.ts";

/** Elements before and after. */
type Width = number | readonly [number, number];
export type Widths = number | readonly Width[];

export interface PadOptions {
  /** Default: `"constant"`, which is `value`. `"reflect"` leaves out the edge itself, `"wrap"` goes on at the other end. */
  readonly mode?: "constant" | "edge" | "reflect" | "wrap";
  /** Default: 0. */
  readonly value?: number;
}

/** More elements at the ends of axes: one number for all, or one entry an axis. Faults `shape/pad`, `tensor/dtype`. */
export function pad(input: Expr, widths: Widths, options: PadOptions = {}): Expr {
  checkOptions("pad", options, ["mode", "value"]);
  const { mode = "constant", value = 0 } = options;
  const pairs = pairsOf(widths, input.shape);
  if (pairs.every(([before, after]) => before === 0 && after === 0)) return input;
  if (mode === "constant") {
    const shape = input.shape.map((size, axis) => size + sum(pick(pairs, axis)));
    return paste(
      input,
      background(value, shape, input.dtype),
      pairs.map(([before]) => before),
    );
  }
  return pairs.reduce((so, pair, axis) => extend(so, pair, axis, mode), input);
}

type Mode = "edge" | "reflect" | "wrap";

/** Which element stands `at` places behind the first of `size`. */
const folded: Record<Mode, (at: number, size: number) => number> = {
  edge: (at, size) => Math.min(Math.max(at, 0), size - 1),
  reflect: (at, size) => {
    const period = 2 * (size - 1);
    const place = ((at % period) + period) % period;
    return Math.min(place, period - place);
  },
  wrap: (at, size) => ((at % size) + size) % size,
};

function extend(input: Expr, pair: readonly [number, number], axis: number, mode: Mode): Expr {
  const size = pick(input.shape, axis);
  const length = size + sum(pair);
  if (length === size) return input;
  const fold = folded[mode];
  if (fold === undefined)
    throw new Fault("shape/pad", `there is no mode ${JSON.stringify(mode)}`, {
      hint: 'use "constant", "edge", "reflect" or "wrap"',
    });
  if (mode === "reflect" && size === 1)
    throw new Fault("shape/pad", "an axis of one element has nothing to reflect", {
      hint: 'use mode "edge"',
    });
  return takeAlong(
    input,
    Array.from({ length }, (_, at) => fold(at - pair[0], size)),
    axis,
  );
}

function pairsOf(widths: Widths, shape: Shape): readonly (readonly [number, number])[] {
  if (typeof widths !== "number") needList("pad", widths, "x.pad(1), x.pad([0, [1, 2]])");
  const list = typeof widths === "number" ? shape.map(() => widths) : widths;
  const pairs = list.map((width) => (typeof width === "number" ? ([width, width] as const) : width));
  const whole = pairs.every((pair) => pair.length === 2 && pair.every((n) => Number.isInteger(n) && n >= 0));
  if (pairs.length === shape.length && whole) return pairs;
  throw new Fault("shape/pad", `these widths do not pad a tensor of shape ${sayShape(shape)}`, {
    hint: "give one number, or a list with a number or [before, after] for each axis, from 0 on",
  });
}

function sum([before, after]: readonly [number, number]): number {
  return before + after;
}
