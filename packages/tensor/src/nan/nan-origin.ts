import type { Span } from "@tilebook/base";
import type { Expr } from "../expr.ts";
import type { NaNTrace, NaNWatch } from "../host.ts";
import type { Workspace } from "../workspace.ts";
import { sayMade } from "./say-made.ts";

/** Where the first NaN of a tensor began. */
export interface NaNOrigin {
  /**
   * `made`: by an operation, out of numbers. `data`: it came in with data. `forgotten`: it was in a value of which only the value is
   * known. `device`: computed again, on the processor, there is none.
   */
  readonly kind: "made" | "data" | "forgotten" | "device";
  /** What made it of what, as "log of -0.5"; of a kernel what its first NaN was made of. Empty where nothing did. */
  readonly made: string;
  /** Where it is in the value that it began in, and the shape of that. */
  readonly place: readonly number[];
  readonly shape: readonly number[];
  /** The first NaN of the tensor that was asked about. */
  readonly seen: readonly number[];
  /** What made that value: a call in a cell, or an op of a kernel. */
  readonly span?: Span;
}

/** Follows the first NaN of a value back. Faults `nan/large`, `run/stopped`, `tensor/lost`, `tensor/history`. */
export async function nanOrigin(workspace: Workspace, root: Expr, watch: NaNWatch): Promise<NaNOrigin> {
  const trace = await workspace.traceNaN(root, watch);
  const { expr, kind } = trace;
  const span = spanOf(trace, expr);
  return {
    kind: kind === "absent" ? "device" : kind === "made" ? "made" : expr.cut ? "forgotten" : "data",
    made: kind === "made" ? sayMade(expr, trace) : "",
    place: placeOf(trace.at, expr.shape),
    shape: expr.shape,
    seen: placeOf(Math.max(0, trace.output), root.shape),
    ...(span === undefined ? {} : { span }),
  };
}

/** In a kernel of a cell the op that made it; in one that ships with us the call in the cell. */
function spanOf({ inside }: NaNTrace, expr: Expr): Span | undefined {
  const isOurs = inside?.span?.source.startsWith("tilebook/") ?? true;
  return isOurs ? expr.span : inside?.span;
}

function placeOf(at: number, shape: readonly number[]): readonly number[] {
  let rest = at;
  return shape
    .toReversed()
    .map((size) => {
      const index = rest % size;
      rest = Math.floor(rest / size);
      return index;
    })
    .toReversed();
}
