import { Fault } from "@tilebook/base";
import type { Expr } from "../expr.ts";
import { checkOptions } from "../options.ts";
import { Tensor } from "../tensor.ts";
import type { Branded } from "./brand.ts";

/** An element of a tensor that a kernel made: the page leads to the step that stored it. */
export interface OriginOutput extends Branded {
  readonly kind: "origin";
  /** The kernel's name. */
  readonly kernel: string;
  /** Which of its outputs the tensor is, and which element of that. */
  readonly output: number;
  readonly element: number;
  /** The element as the cell's author would say it: "element 3", "element (1, 2)". */
  readonly place: string;
  /** What is the matter with it. */
  readonly label?: string;
}

/** Where an element of a kernel's result comes from. The element by its number, row-major, or by its place along each axis. */
export function origin(
  tensor: Tensor,
  element: number | readonly number[],
  options: { readonly label?: string } = {},
): OriginOutput {
  checkOptions("origin", options, ["label"]);
  const { label } = options;
  const expr = Tensor.expr(tensor);
  const kernel = expr.inputs[0]?.recipe?.kernel;
  const output = expr.inputs[0]?.results.indexOf(expr) ?? -1;
  if (kernel === undefined || output < 0) {
    throw new Fault("origin/no-kernel", "this tensor was not made by a launch of a kernel", {
      hint: "give origin() what launch(...) gave back, and the element: origin(y, 3)",
    });
  }
  const number = numberOf(expr, element);
  const place = say(expr, number);
  const said = label === undefined ? {} : { label };
  return { $output: true, kind: "origin", kernel: kernel.name, output, element: number, place, ...said };
}

function numberOf({ shape }: Expr, element: number | readonly number[]): number {
  const given = typeof element === "number" ? undefined : element;
  const size = shape.reduce((total, length) => total * length, 1);
  const inside =
    given === undefined
      ? isBelow(element as number, size)
      : given.length === shape.length && given.every((at, axis) => isBelow(at, shape[axis] ?? 0));
  if (!inside) {
    throw new Fault("origin/element", `there is no element ${String(element)} in [${shape.join(", ")}]`);
  }
  return given === undefined
    ? (element as number)
    : given.reduce((number, at, axis) => number * (shape[axis] ?? 1) + at, 0);
}

function isBelow(at: number, end: number): boolean {
  return Number.isInteger(at) && at >= 0 && at < end;
}

function say({ shape }: Expr, element: number): string {
  if (shape.length < 2) return `element ${element}`;
  let left = element;
  const places = shape.toReversed().map((length) => {
    const at = left % length;
    left = (left - at) / length;
    return at;
  });
  return `element (${places.toReversed().join(", ")})`;
}
