import type { Expression, ForStatement, Identifier } from "acorn";
import { isInside } from "../kernels.ts";
import { isIdentifier, type NodeOf, plain, type SyntaxNode } from "../syntax.ts";
import type { Lowering } from "./lowering.ts";
import { binaryOperator } from "./operators.ts";
import { scalar, stepsOf } from "./shapes.ts";
import { constant, type NumericValue, type RangeValue } from "./value.ts";

export interface LoopHead {
  readonly index: Identifier;
  readonly range: RangeValue;
}

const form = "write for (let j = 0; j < n; j += BK), or downwards for (let j = n - 1; j >= 0; j--)";

function shape(lowering: Lowering, node: SyntaxNode, message: string): Error {
  return lowering.context.fault("kernel/loop", node, message, form);
}

/** What `for (let j = start; j < end; j += step)` counts. */
export function readHead(lowering: Lowering, node: ForStatement): LoopHead {
  const { index, first } = counterOf(lowering, node);
  const begin = { value: lowering.expression(first), node: first };
  const start = scalar(lowering.context, begin, "the start of a loop");
  const steps = stepOf(lowering, node, index);
  const end = boundOf(lowering, node, index, steps.step);
  return { index, range: { kind: "range", start, end, ...steps } };
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
function boundOf(lowering: Lowering, node: ForStatement, index: Identifier, step: number): NumericValue {
  const { context } = lowering;
  const test = node.test ? plain(node.test) : undefined;
  if (test?.type !== "BinaryExpression")
    throw shape(lowering, node.test ?? node, "a loop in a kernel needs a bound");
  const { bound, upper, including } = boundIn(test, index) ?? {};
  if (bound === undefined || upper === undefined)
    throw shape(lowering, test, "a loop in a kernel counts while its variable is below, or above, a bound");
  if (upper !== step > 0) throw wrongWay(lowering, node, step);
  refuseMovingBound(lowering, node, bound);
  const value = scalar(context, { value: lowering.expression(bound), node: bound }, "the bound of a loop");
  if (including !== true) return value;
  const sides = { left: { value, node: bound }, right: { value: constant(1), node: bound } };
  const next = binaryOperator(context, upper ? "+" : "-", sides, { node: bound });
  return scalar(context, { value: next, node: bound }, "the bound of a loop");
}

function wrongWay(lowering: Lowering, node: ForStatement, step: number): Error {
  const message = `this loop counts ${step > 0 ? "up" : "down"}, away from its bound, and would never end`;
  return shape(lowering, node.update ?? node, message);
}

interface Bound {
  readonly bound: SyntaxNode;
  /** The variable is below it. */
  readonly upper: boolean;
  /** Or equal to it. */
  readonly including: boolean;
}

/** The bound of `j < n`, `j <= n`, `j > n`, `j >= n`, and of the same turned round. */
function boundIn(
  { operator, left, right }: NodeOf<"BinaryExpression">,
  index: Identifier,
): Bound | undefined {
  if (!/^[<>]=?$/.test(operator)) return undefined;
  const including = operator.endsWith("=");
  const less = operator.startsWith("<");
  if (isIndex(left, index)) return { bound: right, upper: less, including };
  return isIndex(right, index) ? { bound: left, upper: !less, including } : undefined;
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
  const message = `the loop changes \`${moving.node.name}\`, on which its own bounds depend`;
  const hint = "its bounds and its step are computed once, before the loop";
  throw lowering.context.fault("kernel/loop", moving.node, message, hint);
}

/** What is added a turn; less than 0 when the loop counts down. */
function stepOf(
  lowering: Lowering,
  node: ForStatement,
  index: Identifier,
): Pick<RangeValue, "step" | "stride"> {
  const step = node.update ? stepExpression(plain(node.update), index) : undefined;
  if (step === undefined)
    throw shape(lowering, node.update ?? node, "a loop in a kernel counts by a step that stays the same");
  const { size, sign } = step;
  if (size === undefined) return { step: sign };
  refuseMovingBound(lowering, node, size);
  const steps = stepsOf(lowering.context, { value: lowering.expression(size), node: size });
  return { ...steps, step: sign * steps.step };
}

interface Step {
  /** 1 when it is left out. */
  readonly size: Expression | undefined;
  readonly sign: 1 | -1;
}

/** `j++`, `j += c`, `j = j + c`, and the same with minus. */
function stepExpression(update: Expression, index: Identifier): Step | undefined {
  if (update.type === "UpdateExpression") {
    const sign = update.operator === "++" ? 1 : -1;
    return isIndex(update.argument, index) ? { size: undefined, sign } : undefined;
  }
  if (update.type !== "AssignmentExpression" || !isIndex(update.left, index)) return undefined;
  const { operator, right } = update;
  if (operator === "+=" || operator === "-=") return { size: right, sign: operator === "+=" ? 1 : -1 };
  const sum = plain(right);
  if (operator !== "=" || sum.type !== "BinaryExpression" || !isIndex(sum.left, index)) return undefined;
  if (sum.operator !== "+" && sum.operator !== "-") return undefined;
  return { size: sum.right, sign: sum.operator === "+" ? 1 : -1 };
}
