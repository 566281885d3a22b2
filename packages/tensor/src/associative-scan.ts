import { Fault } from "@tilebook/base";
import { type Expr, pick } from "./expr.ts";
import { paste, slice } from "./nodes.ts";
import { checkOptions } from "./options.ts";
import { checkAxis, sameShape, sayShape } from "./shape.ts";
import { Tensor } from "./tensor.ts";
import { leavesOf, withLeaves } from "./tree.ts";
import { type Workspace, withSpan } from "./workspace.ts";
import { flip } from "./shapes/axes.ts";

export interface AssociativeScanOptions {
  /** Of each tensor; the last by default. */
  readonly axis?: number;
  /** From the end on. */
  readonly reverse?: boolean;
}

export type AssociativeScan = <Tree>(
  combine: (before: Tree, after: Tree) => Tree,
  values: Tree,
  options?: AssociativeScanOptions,
) => Tree;

/**
 * Running results of an associative function: result[i] = x[0] ∘ x[1] ∘ ... ∘ x[i], of a tensor or a tree of tensors of equal length there.
 * Neighbours are combined, the half as many scanned, and the others come from those (Ladner and Fischer 1980; Blelloch 1990): 2 log2 n steps and
 * less than 2 n applications. All of it is plain operations, so it has gradients. Faults `scan/function`, `scan/size`, `scan/result`.
 */
export function associativeScan(workspace: Workspace): AssociativeScan {
  const tensorOf = (expr: Expr): Tensor => Tensor.make(workspace, () => expr);
  return (combine, values, options = {}) => {
    const treeOf = (side: Sides): typeof values => withLeaves(values, side.map(tensorOf)) as typeof values;
    const apply: Apply = (before, after) => {
      const found = leavesOf(combine(treeOf(before), treeOf(after))).map((leaf) => Tensor.expr(leaf));
      return checked(found, before);
    };
    const results = withSpan(workspace.host.here(), () => {
      needFunction(combine);
      checkOptions("associativeScan", options, ["axis", "reverse"]);
      const { axis = -1, reverse = false } = options;
      const lanes = lanesOf(
        leavesOf(values).map((leaf) => Tensor.expr(leaf)),
        axis,
      );
      const turned = (sides: Sides): Sides =>
        reverse ? sides.map((side, at) => flip(side, pick(lanes.axes, at))) : sides;
      return turned(scanned(turned(lanes.values), { ...lanes, apply }));
    });
    return treeOf(results);
  };
}

function needFunction(combine: unknown): void {
  if (typeof combine === "function") return;
  throw new Fault("scan/function", "associativeScan takes a function of two values, then the values", {
    hint: "for example associativeScan((before, after) => before.mul(after), x)",
  });
}

type Sides = readonly Expr[];
type Apply = (before: Sides, after: Sides) => Sides;

interface Lanes {
  readonly values: Sides;
  /** Of each of them. */
  readonly axes: readonly number[];
}

function lanesOf(values: Sides, axis: number): Lanes {
  const axes = values.map(({ shape }) => checkAxis(axis, shape.length));
  const sizes = new Set(values.map(({ shape }, at) => pick(shape, pick(axes, at))));
  if (sizes.size === 1) return { values, axes };
  const hint = "all tensors of the tree are equally long along the axis";
  if (sizes.size === 0) throw new Fault("scan/size", "there is no tensor to scan", { hint });
  throw new Fault(
    "scan/size",
    `tensors of ${[...sizes].join(" and ")} elements do not go along with each other`,
    { hint },
  );
}

/** What the function gives has the shapes and dtypes of what it was given, or a number in the place of a float would change what comes next. */
function checked(found: Sides, given: Sides): Sides {
  const differs = (one: Expr | undefined, at: number): boolean => {
    const like = pick(given, at);
    return one === undefined || !sameShape(one.shape, like.shape) || one.dtype !== like.dtype;
  };
  const wrong = given.findIndex((_, at) => differs(found[at], at));
  if (wrong < 0 && found.length === given.length) return found;
  const [one, like] = [found[wrong], given[wrong]];
  throw new Fault("scan/result", `the function is given ${said(like)} and gives ${said(one)}`, {
    hint: "it gives a value of the same form as its two arguments: the same tree, shapes and dtypes",
  });
}

function said(expr: Expr | undefined): string {
  return expr === undefined ? "nothing" : `${expr.dtype} ${sayShape(expr.shape)}`;
}

interface Scanned {
  readonly axes: readonly number[];
  readonly apply: Apply;
}

function scanned(values: Sides, how: Scanned): Sides {
  const { axes, apply } = how;
  const length = pick(pick(values, 0).shape, pick(axes, 0));
  if (length < 2) return values;
  const every = (sides: Sides, start: number, count: number, step: number): Sides =>
    sides.map((side, at) => part(side, pick(axes, at), { start, count, step }));
  const half = Math.floor(length / 2);
  // Of pairs 0 1 | 2 3 | ... those at odd places are done with the pairs; those at even ones are one element more.
  const odd = scanned(apply(every(values, 0, half, 2), every(values, 1, half, 2)), how);
  const later = Math.ceil(length / 2) - 1;
  const even = later === 0 ? [] : apply(every(odd, 0, later, 1), every(values, 2, later, 2));
  return values.map((value, at) => {
    const axis = pick(axes, at);
    const placed = put(pick(odd, at), value, axis, 1);
    const last = even[at];
    return last === undefined ? placed : put(last, placed, axis, 2);
  });
}

interface Part {
  readonly start: number;
  readonly count: number;
  readonly step: number;
}

function part(side: Expr, axis: number, { start, count, step }: Part): Expr {
  const zeros = side.shape.map(() => 0);
  const ones = side.shape.map(() => 1);
  return slice(side, zeros.with(axis, start), side.shape.with(axis, count), ones.with(axis, step));
}

/** Every second element from `start` on. */
function put(side: Expr, into: Expr, axis: number, start: number): Expr {
  return paste(side, into, into.shape.map(() => 0).with(axis, start), into.shape.map(() => 1).with(axis, 2));
}
