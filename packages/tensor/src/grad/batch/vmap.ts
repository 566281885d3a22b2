import { Fault } from "@tilebook/base";
import { type Expr, pick } from "../../expr.ts";
import { alias, permute, reshape } from "../../nodes.ts";
import { checkAxis } from "../../shape.ts";
import { Tensor } from "../../tensor.ts";
import { needList } from "../../options.ts";
import { leavesOf, mapTree, withLeaves } from "../../tree.ts";
import { sliceAxis } from "../../views.ts";
import type { Workspace } from "../../workspace.ts";
import { needFunction, placed } from "../functions.ts";
import { batched } from "./batch.ts";
import { severalTensors } from "../../several.ts";
import { lifted, type Mapped } from "./rules.ts";

/** For each argument the axis of examples in its tensors; null for what is the same for all. */
export type Axes = readonly (number | null)[];

/**
 * `work`, written for one example, for many at once: its nodes get one more axis, and it is called once. The results have the axis
 * of examples first. `vmap(grad(f), [null, 0])` gives a gradient for each example. Faults: `vmap/axes`, `vmap/size`, `vmap/kernel`.
 */
export function vmap<Args extends readonly unknown[], Result>(
  workspace: Workspace,
  work: (...args: Args) => Result,
  axes?: Axes,
): (...args: Args) => Result {
  placed(workspace, () => needFunction(work));
  return (...args) => {
    const given = new Map<Expr, Mapped>();
    const one = placed(workspace, () =>
      args.map((arg, at) => exampleOf(workspace, arg, { axis: axisOf(axes, at, args.length), given })),
    ) as readonly unknown[] as Args;
    const size = placed(workspace, () => sizeIn(given));
    const result = work(...one);
    const made = severalTensors(workspace, () => {
      const roots = leavesOf(result).map((leaf) => Tensor.expr(leaf));
      return batched(roots, given, size).map((mapped) => lifted(mapped, size));
    });
    return withLeaves(result, made) as Result;
  };
}

interface Examples {
  readonly axis: number | null;
  readonly given: Map<Expr, Mapped>;
}

/** The argument of one example: the first one, under a name of its own. */
function exampleOf(workspace: Workspace, arg: unknown, { axis, given }: Examples): unknown {
  if (axis === null) return arg;
  return mapTree(arg, (leaf) => {
    const all = Tensor.expr(leaf);
    const at = checkAxis(axis, all.shape.length);
    const order = [at, ...all.shape.map((_, other) => other).filter((other) => other !== at)];
    const [front, first] = workspace.buildAll(() => {
      const turned = permute(all, order);
      return [turned, alias(reshape(sliceAxis(turned, 0, 0, 1), turned.shape.slice(1)))];
    });
    if (front === undefined || first === undefined) return leaf;
    given.set(first, { expr: front, batched: true });
    return new Tensor(workspace, first);
  });
}

function axisOf(axes: Axes | undefined, at: number, many: number): number | null {
  if (axes === undefined) return 0;
  needList("vmap", axes, "vmap(f, [0, null])(xs, w): an axis for each argument");
  const axis = axes[at];
  if (axes.length === many && (axis === null || Number.isInteger(axis))) return axis ?? null;
  throw new Fault("vmap/axes", `${many} arguments need ${many} axes, not [${axes.map(String).join(", ")}]`, {
    hint: "one for each argument: 0 where its first axis is that of the examples, null where it has none",
  });
}

function sizeIn(given: ReadonlyMap<Expr, Mapped>): number {
  const sizes = new Set([...given.values()].map(({ expr }) => pick(expr.shape, 0)));
  const [size] = sizes;
  if (size !== undefined && sizes.size === 1) return size;
  const said =
    size === undefined ? "there is no axis of examples" : `there are ${[...sizes].join(" and ")} examples`;
  throw new Fault("vmap/size", said, {
    hint: "all mapped arguments have as many examples, and there is at least one",
  });
}
