import type { Expression, ForStatement, Identifier } from "acorn";
import { isInside } from "../kernels.ts";
import { isIdentifier, type NodeOf, plain, type SyntaxNode } from "../syntax.ts";
import { wholeConstant } from "./call.ts";
import type { Lowering } from "./lowering.ts";
import { binaryOperator } from "./operators.ts";
import { scalar } from "./shapes.ts";
import { constant, type NumericValue, type RangeValue } from "./value.ts";

export interface LoopHead {
  readonly index: Identifier;
  readonly range: RangeValue;
}

const form = "write for (let j = 0; j < n; j += BK)";

function shape(lowering: Lowering, node: SyntaxNode, message: string): Error {
  return lowering.context.fault("kernel/loop", node, message, form);
}

/** What `for (let j = start; j < end; j += step)` counts. */
export function readHead(lowering: Lowering, node: ForStatement): LoopHead {
  const { index, first } = counterOf(lowering, node);
  const begin = { value: lowering.expression(first), node: first };
  const start = scalar(lowering.context, begin, "the start of a loop");
  const end = upperBound(lowering, node, index);
  return { index, range: { kind: "range", start, end, step: stepOf(lowering, node, index) } };
}

function counterOf(lowering: Lowering, node: ForStatement): { index: Identifier; first: Expression } {
  const { init } = node;
  const counter = init?.type === "VariableDeclaration" && init.kind === "let" ? init : undefined;
  const [first, ...more] = counter?.declarations ?? [];
  if (first?.init && more.length === 0 && isIdentifier(first.id))
    return { index: first.id, first: first.init };
  throw shape(lowering, init ?? node, "a loop in a kernel counts one variable that it declares");
}

/** The bound is computed once, before the loop. */
function upperBound(lowering: Lowering, node: ForStatement, index: Identifier): NumericValue {
  const { context } = lowering;
  const test = node.test ? plain(node.test) : undefined;
  if (test?.type !== "BinaryExpression")
    throw shape(lowering, node.test ?? node, "a loop in a kernel needs a bound");
  const { bound, including } = boundIn(test, index);
  if (bound === undefined)
    throw shape(lowering, test, "a loop in a kernel counts up, while its variable is below a bound");
  refuseMovingBound(lowering, node, bound);
  const value = scalar(context, { value: lowering.expression(bound), node: bound }, "the bound of a loop");
  if (!including) return value;
  const sides = { left: { value, node: bound }, right: { value: constant(1), node: bound } };
  const next = binaryOperator(context, "+", sides, { node: bound });
  return scalar(context, { value: next, node: bound }, "the bound of a loop");
}

/** The bound of `j < n`, `j <= n`, `n > j` and `n >= j`. */
function boundIn(
  { operator, left, right }: NodeOf<"BinaryExpression">,
  index: Identifier,
): { readonly bound?: SyntaxNode; readonly including: boolean } {
  const including = operator === "<=" || operator === ">=";
  if ((operator === "<" || operator === "<=") && isIndex(left, index)) return { bound: right, including };
  if ((operator === ">" || operator === ">=") && isIndex(right, index)) return { bound: left, including };
  return { including };
}

function isIndex(node: SyntaxNode, index: Identifier): boolean {
  const name = plain(node);
  return isIdentifier(name) && name.name === index.name;
}

function refuseMovingBound(lowering: Lowering, node: ForStatement, bound: SyntaxNode): void {
  const { references } = lowering.names;
  const inBody = references.filter((reference) => reference.writes && isInside(reference.node, node.body));
  const written = new Set(inBody.map(({ binding }) => binding));
  const moving = references.find(
    (reference) => isInside(reference.node, bound) && reference.binding && written.has(reference.binding),
  );
  if (moving === undefined) return;
  const message = `the loop changes \`${moving.node.name}\`, on which its own bound depends`;
  throw lowering.context.fault(
    "kernel/loop",
    moving.node,
    message,
    "the bound is computed once, before the loop",
  );
}

function stepOf(lowering: Lowering, node: ForStatement, index: Identifier): number {
  const step = node.update ? stepExpression(plain(node.update), index) : undefined;
  if (step === undefined)
    throw shape(lowering, node.update ?? node, "a loop in a kernel counts up by a constant step");
  if (typeof step === "number") return step;
  const size = wholeConstant(
    lowering.context,
    { value: lowering.expression(step), node: step },
    "the step of a loop",
  );
  if (size >= 1) return size;
  throw shape(lowering, step, `a loop's step must be positive, not ${size}`);
}

/** What is added a turn: `j++`, `j += c`, `j = j + c`. */
function stepExpression(update: Expression, index: Identifier): Expression | number | undefined {
  if (update.type === "UpdateExpression") {
    return update.operator === "++" && isIndex(update.argument, index) ? 1 : undefined;
  }
  if (update.type !== "AssignmentExpression" || !isIndex(update.left, index)) return undefined;
  if (update.operator === "+=") return update.right;
  const sum = plain(update.right);
  if (update.operator !== "=" || sum.type !== "BinaryExpression" || sum.operator !== "+") return undefined;
  return isIndex(sum.left, index) ? sum.right : undefined;
}
