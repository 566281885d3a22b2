import { type Expr, pick } from "../expr.ts";
import { type Shape, sizeOf } from "../shape.ts";

/** An axis of a view: how many, and how far apart in what it looks at. */
type Axis = readonly [size: number, step: number];

/** Whether a view of kept weights has all of them, in their order. */
export function isInOrder(expr: Expr): boolean {
  const axes = axesOf(expr);
  return axes !== undefined && merged(axes).every(([, step]) => step === 1);
}

/** Undefined where no steps say which they are. */
function axesOf(expr: Expr): readonly Axis[] | undefined {
  const [input] = expr.inputs;
  if (expr.recipe === undefined || input?.kept === undefined || input.kept !== expr.kept)
    return split([[sizeOf(expr.shape), 1]], expr.shape);
  const axes = axesOf(input);
  const node = expr.recipe.make([0], 0);
  if (axes === undefined) return undefined;
  if (node.kind === "permute") return node.order.map((axis) => pick(axes, axis));
  return node.kind === "reshape" ? split(merged(axes), expr.shape) : undefined;
}

/** Axes that go on where the next one ends are one. */
function merged(axes: readonly Axis[]): readonly Axis[] {
  const found: Axis[] = [];
  for (const [size, step] of axes) {
    const last = found.at(-1);
    if (size === 1) continue;
    if (last !== undefined && last[1] === size * step) found[found.length - 1] = [last[0] * size, step];
    else found.push([size, step]);
  }
  return found;
}

function split(axes: readonly Axis[], shape: Shape): readonly Axis[] | undefined {
  const made: Axis[] = [];
  let at = axes.length - 1;
  let [left, step] = axes[at] ?? [1, 1];
  for (const size of shape.toReversed()) {
    if (left === 1 && size > 1) [left, step] = axes[--at] ?? [1, 1];
    if (left % size !== 0) return undefined;
    made.push([size, step]);
    [left, step] = [left / size, step * size];
  }
  return made.toReversed();
}
