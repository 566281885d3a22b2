import type { BufferDType } from "@tilebook/ir";
import type { Expr } from "./expr.ts";
import { checkOptions, needList } from "./options.ts";
import { arange, linspace } from "./ranges.ts";
import { severalTensors } from "./several.ts";
import { concat, meshgrid, stack } from "./shapes/join.ts";
import { Tensor } from "./tensor.ts";
import type { Workspace } from "./workspace.ts";

/** Functions of `tensor` that make one of numbers in a row, or of other tensors. `types/shapes.ts` describes them. */
export interface Makers {
  readonly arange: (start: number, end?: number, step?: number, dtype?: BufferDType) => Tensor;
  readonly linspace: (start: number, end: number, count?: number) => Tensor;
  readonly concat: (parts: readonly Tensor[], axis?: number) => Tensor;
  readonly stack: (parts: readonly Tensor[], axis?: number) => Tensor;
  readonly meshgrid: (
    vectors: readonly Tensor[],
    options?: { readonly indexing?: "xy" | "ij" },
  ) => readonly Tensor[];
}

export function makers(workspace: Workspace): Makers {
  const make = (build: () => Expr): Tensor => Tensor.make(workspace, build);
  return {
    arange: (start, end, step = 1, dtype) =>
      make(() => (end === undefined ? arange(0, start, 1) : arange(start, end, step, dtype))),
    linspace: (start, end, count = 50) => make(() => linspace(start, end, count)),
    concat: (parts, axis = 0) => make(() => concat(exprs("concat", parts), axis)),
    stack: (parts, axis = 0) => make(() => stack(exprs("stack", parts), axis)),
    meshgrid: (vectors, options = {}) =>
      severalTensors(workspace, () => {
        checkOptions("meshgrid", options, ["indexing"]);
        return meshgrid(exprs("meshgrid", vectors), options.indexing ?? "xy");
      }),
  };
}

function exprs(what: string, tensors: readonly Tensor[]): readonly Expr[] {
  needList(what, tensors, `tensor.${what}([a, b])`);
  return tensors.map((tensor) => Tensor.expr(tensor));
}
