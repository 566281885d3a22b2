import type { ForOfStatement, ForStatement, Identifier, WhileStatement } from "acorn";
import { isIdentifier, type SyntaxNode } from "../syntax.ts";
import { declareVariable, place } from "./assign.ts";
import { inSlot, intoSlot, slotOf, withSlots } from "./carry.ts";
import { labelled } from "./context.ts";
import { uniform } from "./branch.ts";
import { type Operand, typed, withDType } from "./convert.ts";
import { readHead } from "./loop-head.ts";
import { assignedIn, type Lowering } from "./lowering.ts";
import { mostWrittenOut } from "./shapes.ts";
import { describe, type NumericValue, type RangeValue } from "./value.ts";

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
  if (walked.items.length > mostWrittenOut) {
    const message = `this loop would be written out ${walked.items.length} times; at most ${mostWrittenOut} are allowed`;
    throw context.fault("kernel/too-large", node.right, message, "loop with range(...)");
  }
  for (const item of walked.items) {
    place(lowering, target, item, declareVariable);
    bodyOf(lowering, node.body);
  }
}

/** `for (let j = 0; j < n; j += BK)`. */
export function lowerFor(lowering: Lowering, node: ForStatement): undefined {
  countedLoop(lowering, { node, ...readHead(lowering, node), body: node.body });
}

/** Most turns of a `while`: a GPU must come to an end, and some end every loop here without a word. */
export const mostWhileTurns = 65_535;

/** `while (condition) { ... }` on a number of the running kernel, as a counted loop that may end early. */
export function lowerWhile(lowering: Lowering, node: WhileStatement): undefined {
  const { context, variables } = lowering;
  const { builder } = context;
  const inner = { node };
  const [lower, upper] = [0, mostWhileTurns].map((edge) => builder.const(edge, "i32", context.note(inner)));
  const slots = assignedIn(lowering, [node.test, node.body], node).map((binding) =>
    slotOf(lowering, binding, node),
  );
  withSlots(lowering, slots, (current) => {
    const carried = current.map((slot) => ({
      init: intoSlot(lowering, slot, slot.before, node),
      label: labelled(slot.binding.name),
    }));
    // What the body changes is no constant, already when the condition is asked for the first time.
    current.forEach((slot, at) => variables.set(slot.binding, inSlot(slot, carried[at]?.init ?? -1)));
    const first: Operand = { value: lowering.expression(node.test), node: node.test };
    if (first.value.kind === "constant") {
      if (first.value.value) throw endless(lowering, node);
      return;
    }
    const goesOn = { init: uniform(context, first, node).id, goesOn: true };
    const head = { lower: lower ?? -1, upper: upper ?? -1, span: context.mark(node) };
    const results = builder.forLoop(head, [...carried, goesOn], (_, values) => {
      current.forEach((slot, at) => variables.set(slot.binding, inSlot(slot, values[at] ?? -1)));
      bodyOf(lowering, node.body);
      const next: Operand = { value: lowering.expression(node.test), node: node.test };
      const yields = current.map((slot) =>
        intoSlot(lowering, slot, variables.get(slot.binding) ?? slot.before, node),
      );
      return [...yields, uniform(context, next, node).id];
    });
    current.forEach((slot, at) => {
      const after = inSlot(slot, results[at] ?? -1);
      variables.set(slot.binding, after);
      lowering.declared.set(slot.binding.node, after);
    });
  });
}

function endless({ context }: Lowering, node: WhileStatement): Error {
  const hint = "write the condition on which it goes on";
  return context.fault("kernel/endless", node.test, "this loop never ends", hint);
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
  lowering.declared.set(index, typed({ dtype: "i32", shape: [] }));
  const bound = (value: NumericValue) => withDType(context, { value, node }, "i32", { node }).id;
  const [lower, upper] = [bound(range.start), bound(range.end)];
  const slots = assignedIn(lowering, [body], node).map((binding) => slotOf(lowering, binding, node));
  withSlots(lowering, slots, (current) => {
    const carried = current.map((slot) => ({
      init: intoSlot(lowering, slot, slot.before, node),
      label: labelled(slot.binding.name),
    }));
    const head = {
      lower,
      upper,
      step: range.step,
      indexLabel: labelled(index.name),
      span: context.mark(node),
    };
    const results = context.builder.forLoop(head, carried, (turn, values) => {
      variables.set(counter, { kind: "tile", id: turn, type: { dtype: "i32", shape: [] } });
      current.forEach((slot, at) => variables.set(slot.binding, inSlot(slot, values[at] ?? -1)));
      bodyOf(lowering, body);
      return current.map((slot) =>
        intoSlot(lowering, slot, variables.get(slot.binding) ?? slot.before, node),
      );
    });
    current.forEach((slot, at) => {
      const after = inSlot(slot, results[at] ?? -1);
      variables.set(slot.binding, after);
      lowering.declared.set(slot.binding.node, after);
    });
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
