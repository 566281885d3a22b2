import type { Function as FunctionNode, Identifier, MemberExpression } from "acorn";
import { jsGlobals } from "../globals.ts";
import { isInside } from "../kernels.ts";
import type { Binding } from "../names.ts";
import { isIdentifier, plain } from "../syntax.ts";
import { tileGlobals } from "../vocabulary.ts";
import { tileFunction } from "./functions.ts";
import type { Lowering } from "./lowering.ts";
import { nearest } from "./nearest.ts";
import { declaredParams } from "./params.ts";
import { isTritonPrefix, tritonHint } from "./triton.ts";
import { constant, type Value } from "./value.ts";

/** What a name means in a kernel: a variable, a helper, a tile function, or a value captured from the cells. */
export function lookUp(lowering: Lowering, node: Identifier): Value {
  const binding = lowering.names.bindingOf(node);
  const own = binding === undefined ? builtIn(node.name) : declared(lowering, binding, node);
  if (own !== undefined) return own;
  const value = lowering.captured(node.name);
  if (value !== undefined) return value;
  throw unknownName(lowering, node);
}

function declared(lowering: Lowering, binding: Binding, node: Identifier): Value | undefined {
  const { context, variables, active } = lowering;
  const known = variables.get(binding);
  if (known !== undefined) return known;
  if (binding.helper !== undefined) return { kind: "helper", node: binding.helper };
  if (!active.some((body) => isInside(binding.node, body))) return undefined;
  const message = `\`${node.name}\` is used before it has a value`;
  throw context.fault("kernel/used-before", node, message, "declare it above this line");
}

const values: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["Infinity", constant(Infinity)],
  ["NaN", constant(NaN)],
  ["undefined", constant(undefined)],
  ["Math", { kind: "function", name: "Math" }],
]);

function builtIn(name: string): Value | undefined {
  return values.get(name) ?? (tileFunction(name) === undefined ? undefined : { kind: "function", name });
}

function unknownName({ context, names, kernel }: Lowering, node: Identifier): Error {
  const { name } = node;
  if (jsGlobals.has(name)) {
    return context.fault(
      "kernel/unknown-name",
      node,
      `\`${name}\` cannot be used in a kernel`,
      name === "console" ? "a kernel runs on the GPU: use print(value)" : "it runs on the GPU",
    );
  }
  const own = names.bindings.filter((binding) => binding.top || isInside(binding.node, kernel.node));
  const near = nearest(name, [...own.map((binding) => binding.name), ...tileGlobals]);
  const like = near === undefined ? undefined : `did you mean ${near}?`;
  const any = "a kernel knows its parameters, the cell's constants and functions, and the tile functions";
  const hint = sizeHint(kernel.node, name) ?? tritonHint(name) ?? like ?? any;
  return context.fault("kernel/unknown-name", node, `there is no \`${name}\` here`, hint);
}

/** The names in `View<"f32", ["M", "K"]>` are no variables. */
function sizeHint(kernel: FunctionNode, name: string): string | undefined {
  const views = declaredParams(kernel).flatMap((param) => (param.kind === "view" ? [param] : []));
  const view = views.find(({ sizes }) => sizes.includes(name));
  return view && `it is a size of a view: const [${view.sizes.join(", ")}] = ${view.name}.shape`;
}

/** Refuses `tl.load` and its like, and says what to write. */
export function refusePrefix({ context, names, captured }: Lowering, node: MemberExpression): void {
  let root = plain(node.object);
  while (root.type === "MemberExpression") root = plain(root.object);
  if (!isIdentifier(root) || !isTritonPrefix(root.name)) return;
  if (names.bindingOf(root) !== undefined || captured(root.name) !== undefined) return;
  const name = isIdentifier(node.property) ? node.property.name : "";
  const hint = tritonHint(name) ?? "tile functions have no prefix: write programId(0)";
  throw context.fault("kernel/unknown-name", node, `there is no \`${root.name}\` here`, hint);
}
