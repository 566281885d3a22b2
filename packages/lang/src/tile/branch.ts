import type { AnyNode, ConditionalExpression, IfStatement } from "acorn";
import { isIdentifier, plain, type SyntaxNode, walk } from "../syntax.ts";
import { inSlot, intoSlot, type Slot, slotOf, withSlots } from "./carry.ts";
import { type At, type Context, labelled } from "./context.ts";
import {
  commonDType,
  commonShape,
  numeric,
  type Operand,
  tile,
  type NumericOperand,
  typed,
  withType,
} from "./convert.ts";
import { assignedIn, type Lowering } from "./lowering.ts";
import { describe, type TileValue, type Value } from "./value.ts";

/** A branch on a number of the running kernel: the whole program takes one arm. */
export function lowerBranch(lowering: Lowering, condition: Operand, node: IfStatement): undefined {
  const test = uniform(lowering.context, condition, node);
  const arms = [node.consequent, ...(node.alternate ? [node.alternate] : [])];
  refuseReturns(lowering, arms);
  const slots = assignedIn(lowering, arms, node).map((binding) => slotOf(lowering, binding, node));
  withSlots(lowering, slots, (current) => {
    const arm = (body: SyntaxNode | null | undefined) => (): readonly TileValue["id"][] =>
      lowering.variables.branch(
        () => (body ? void lowering.statements([body]) : undefined),
        () => current.map((slot) => intoSlot(lowering, slot, valueOf(lowering, slot), node)),
      );
    const joined = lowering.context.builder.ifElse(
      test.id,
      { whenTrue: arm(node.consequent), whenFalse: arm(node.alternate) },
      { span: lowering.context.mark(node), labels: current.map((slot) => labelled(slot.binding.name)) },
    );
    current.forEach((slot, index) => lowering.variables.set(slot.binding, inSlot(slot, joined[index] ?? -1)));
  });
}

function valueOf(lowering: Lowering, slot: Slot): Value {
  return lowering.variables.get(slot.binding) ?? slot.before;
}

/** The condition as a scalar bool; one that differs inside a tile cannot steer the program. */
export function uniform(context: Context, condition: Operand, whole: SyntaxNode): TileValue {
  const { value, node } = condition;
  if (value.kind === "tile" && value.type.shape.length > 0) {
    const kind =
      whole.type === "IfStatement" ? "an `if`" : whole.type === "WhileStatement" ? "a `while`" : "`? :`";
    throw context.fault(
      "kernel/varying-if",
      node,
      `${kind} takes one way for the whole program, but this differs inside the tile (${describe(value)})`,
      "use where(mask, yes, no), or a mask in load and store",
    );
  }
  if (value.kind === "tile" && value.type.dtype === "bool") return value;
  throw context.fault(
    "kernel/type",
    node,
    `a condition is true or false, not ${describe(value)}`,
    "compare it: x != 0",
  );
}

function refuseReturns(lowering: Lowering, arms: readonly SyntaxNode[]): void {
  for (const arm of arms) {
    walk(arm, (node) => {
      if (node.type === "ReturnStatement") {
        const message = "a kernel cannot return in the middle: all of its threads go to the end together";
        throw lowering.context.fault(
          "kernel/return",
          node,
          message,
          "put the rest into the `if`, or use where",
        );
      }
      return !node.type.includes("Function");
    });
  }
}

/** Calls that cost little: both arms of `? :` are computed and one is selected. */
const cheap: ReadonlySet<string> = new Set([
  "programId",
  "numPrograms",
  "minimum",
  "maximum",
  "where",
  "idiv",
  "cdiv",
  "abs",
]);

/** `condition ? yes : no` on a number of the running kernel. */
export function chooseExpression(
  lowering: Lowering,
  condition: Operand,
  node: ConditionalExpression,
  at: At,
): Value {
  const test = uniform(lowering.context, condition, node);
  const arms = [node.consequent, node.alternate];
  return arms.every(isCheap) ? selected(lowering, test, node, at) : branched(lowering, test, node, at);
}

function isCheap(arm: SyntaxNode): boolean {
  let found = true;
  walk(arm, (syntax) => {
    const node = syntax as AnyNode;
    if (node.type === "AssignmentExpression" || node.type === "UpdateExpression") found = false;
    if (node.type !== "CallExpression") return found;
    const callee = plain(node.callee);
    found &&= isIdentifier(callee) && cheap.has(callee.name);
    return found;
  });
  return found;
}

function selected(lowering: Lowering, test: TileValue, node: ConditionalExpression, at: At): Value {
  const { context } = lowering;
  const arm = (part: SyntaxNode): NumericOperand =>
    numeric(context, { value: lowering.expression(part), node: part }, "`? :`");
  const [yes, no] = [arm(node.consequent), arm(node.alternate)];
  const type = { dtype: commonDType(yes, no), shape: commonShape(context, yes, no, node) };
  const inner = { node };
  const mask = withType(
    context,
    { value: test, node: node.test },
    { dtype: "bool", shape: type.shape },
    inner,
  );
  const choice = {
    condition: mask.id,
    yes: withType(context, yes, type, inner).id,
    no: withType(context, no, type, inner).id,
  };
  return tile(context, context.builder.select(choice, context.note(at)));
}

/** A choice with costly arms: only one of them runs. Both must come to one type. */
function branched(lowering: Lowering, test: TileValue, node: ConditionalExpression, at: At): Value {
  const { context } = lowering;
  const binding = {
    name: at.label ?? "the choice",
    kind: "const" as const,
    node,
    helper: undefined,
    top: false,
  };
  const start: Slot = {
    binding,
    type: { dtype: "i32", shape: [] },
    before: typed({ dtype: "i32", shape: [] }),
  };
  return withSlots(lowering, [start], ([slot = start]) => {
    const arm = (part: SyntaxNode) => (): readonly TileValue["id"][] => [
      intoSlot(lowering, slot, lowering.expression(part), part),
    ];
    const arms = { whenTrue: arm(node.consequent), whenFalse: arm(node.alternate) };
    const [joined = -1] = context.builder.ifElse(test.id, arms, {
      span: context.mark(node),
      labels: [labelled(at.label)],
    });
    return inSlot(slot, joined);
  });
}
