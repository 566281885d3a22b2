import type { Expression, ForOfStatement, ForStatement, Identifier } from "acorn";
import { isInside } from "../kernels.ts";
import { isIdentifier, plain, type SyntaxNode } from "../syntax.ts";
import { declareVariable, place } from "./assign.ts";
import { inSlot, intoSlot, slotOf, withSlots } from "./carry.ts";
import { wholeConstant } from "./call.ts";
import { type NumericOperand, withDType } from "./convert.ts";
import { assignedIn, type Lowering } from "./lowering.ts";
import { binaryOperator } from "./operators.ts";
import { scalar } from "./shapes.ts";
import { constant, describe, type NumericValue, type RangeValue } from "./value.ts";

const mostTurns = 1_024;

/** `for (const x of range(...))` counts; over an array of constants the body is written out for each item. */
export function lowerForOf(lowering: Lowering, node: ForOfStatement): undefined {
  const { context } = lowering;
  const declaration = node.left.type === "VariableDeclaration" ? node.left : undefined;
  const target = declaration?.declarations[0]?.id;
  if (target === undefined || node.await) {
    throw context.fault(
      "kernel/loop",
      node.left,
      "declare the loop's variable: for (const j of range(0, n, BK))",
    );
  }
  const walked = lowering.expression(node.right);
  if (walked.kind === "range") {
    if (!isIdentifier(target)) throw context.fault("kernel/loop", target, "a range gives one number a turn");
    return countedLoop(lowering, { node, index: target, range: walked, body: node.body });
  }
  if (walked.kind !== "list") {
    const hint = "write for (const j of range(start, end, step))";
    throw context.fault("kernel/loop", node.right, `a kernel cannot loop over ${describe(walked)}`, hint);
  }
  if (walked.items.length > mostTurns) {
    const message = `this loop would be written out ${walked.items.length} times; at most ${mostTurns} are allowed`;
    throw context.fault("kernel/too-large", node.right, message, "loop with range(...)");
  }
  for (const item of walked.items) {
    place(lowering, target, item, declareVariable);
    bodyOf(lowering, node.body);
  }
}

/** `for (let j = 0; j < n; j += BK)`. */
export function lowerFor(lowering: Lowering, node: ForStatement): undefined {
  const index = counterOf(lowering, node);
  const start = node.init?.type === "VariableDeclaration" ? node.init.declarations[0]?.init : undefined;
  const first: NumericOperand = start
    ? {
        value: scalar(
          lowering.context,
          { value: lowering.expression(start), node: start },
          "the start of a loop",
        ),
        node: start,
      }
    : { value: constant(0), node };
  const end = upperBound(lowering, node, index);
  const step = stepOf(lowering, node, index);
  countedLoop(lowering, {
    node,
    index,
    range: { kind: "range", start: first.value, end, step },
    body: node.body,
  });
}

const form = "write for (let j = 0; j < n; j += BK)";

function shape(lowering: Lowering, node: SyntaxNode, message: string): Error {
  return lowering.context.fault("kernel/loop", node, message, form);
}

function counterOf(lowering: Lowering, node: ForStatement): Identifier {
  const init = node.init?.type === "VariableDeclaration" ? node.init : undefined;
  const [first, ...more] = init?.declarations ?? [];
  if (
    first === undefined ||
    more.length > 0 ||
    !isIdentifier(first.id) ||
    init?.kind !== "let" ||
    !first.init
  ) {
    throw shape(lowering, node.init ?? node, "a loop in a kernel counts one variable that it declares");
  }
  return first.id;
}

/** The bound is computed once, before the loop. */
function upperBound(lowering: Lowering, node: ForStatement, index: Identifier): NumericValue {
  const { context } = lowering;
  const test = node.test ? plain(node.test) : undefined;
  if (test?.type !== "BinaryExpression")
    throw shape(lowering, node.test ?? node, "a loop in a kernel needs a bound");
  const { operator, left, right } = test;
  const forward = isIndex(left, index);
  const upward = forward ? operator === "<" || operator === "<=" : operator === ">" || operator === ">=";
  if (!upward || (!forward && !isIndex(right, index))) {
    throw shape(lowering, test, "a loop in a kernel counts up to a bound");
  }
  const bound = forward ? right : left;
  refuseMovingBound(lowering, node, bound);
  const value = scalar(context, { value: lowering.expression(bound), node: bound }, "the bound of a loop");
  if (operator === "<" || operator === ">") return value;
  const sides = { left: { value, node: bound }, right: { value: constant(1), node: bound } };
  return scalar(
    context,
    { value: binaryOperator(context, "+", sides, { node: bound }), node: bound },
    "the bound",
  );
}

function isIndex(node: SyntaxNode, index: Identifier): boolean {
  const name = plain(node);
  return isIdentifier(name) && name.name === index.name;
}

function refuseMovingBound(lowering: Lowering, node: ForStatement, bound: SyntaxNode): void {
  const moving = lowering.names.references.find(
    ({ node: name, binding }) =>
      isInside(name, bound) &&
      lowering.names.references.some(
        (other) =>
          other.writes &&
          other.binding === binding &&
          binding !== undefined &&
          isInside(other.node, node.body),
      ),
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

interface CountedLoop {
  readonly node: SyntaxNode;
  readonly index: Identifier;
  readonly range: RangeValue;
  readonly body: SyntaxNode;
}

function countedLoop(lowering: Lowering, loop: CountedLoop): undefined {
  const { context, variables, counters, names } = lowering;
  const { node, index, range, body } = loop;
  const counter = names.bindingOf(index);
  if (counter === undefined) throw context.fault("kernel/loop", index, "this loop counts nothing");
  counters.add(counter);
  const bound = (value: NumericValue) => withDType(context, { value, node }, "i32", { node }).id;
  const [lower, upper] = [bound(range.start), bound(range.end)];
  const slots = assignedIn(lowering, [body], node).map((binding) => slotOf(lowering, binding, node));
  withSlots(lowering, slots, (current) => {
    const carried = current.map((slot) => ({
      init: intoSlot(lowering, slot, slot.before, node),
      label: slot.binding.name,
    }));
    const { span } = context.note({ node });
    const head = { lower, upper, step: range.step, indexLabel: index.name, span };
    const results = context.builder.forLoop(head, carried, (turn, values) => {
      variables.set(counter, { kind: "tile", id: turn, type: { dtype: "i32", shape: [] } });
      current.forEach((slot, place_) =>
        variables.set(slot.binding, inSlot(slot, values[place_] ?? -1, slot.weak)),
      );
      bodyOf(lowering, body);
      return current.map((slot) =>
        intoSlot(lowering, slot, variables.get(slot.binding) ?? slot.before, node),
      );
    });
    current.forEach((slot, place_) => variables.set(slot.binding, inSlot(slot, results[place_] ?? -1)));
  });
}

function bodyOf(lowering: Lowering, body: SyntaxNode): void {
  const completion = lowering.statements([body]);
  if (completion === undefined) return;
  const message = "a kernel cannot return inside a loop";
  throw lowering.context.fault(
    "kernel/return",
    completion.node,
    message,
    "let the loop run to its end and use where",
  );
}
