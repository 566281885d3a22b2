import type { CarriedInit, ValueId } from "@tilebook/ir";
import type { ForOfStatement, ForStatement, Identifier, WhileStatement } from "acorn";
import type { Binding } from "../names.ts";
import { isIdentifier, type SyntaxNode } from "../syntax.ts";
import { declareVariable, place } from "./assign.ts";
import { lowerArms, uniform } from "./branch.ts";
import { type Carrier, carrying, enter, labelsOf, starts, yielded } from "./carry.ts";
import { labelled } from "./context.ts";
import { type Operand, tile, typed, withDType } from "./convert.ts";
import { inFrame, jumpsOf, loopFrame } from "./jumps.ts";
import { readHead } from "./loop-head.ts";
import { readPowers } from "./loop-powers.ts";
import { changedIn, type Lowering, type LoopFrame } from "./lowering.ts";
import { mostWrittenOut } from "./shapes.ts";
import { turnsOf } from "./turns.ts";
import { constant, describe, type RangeValue, type TileValue, type Value } from "./value.ts";

/** `for (const x of range(...))` counts; over an array of constants the body is written out for each item. */
export function lowerForOf(lowering: Lowering, node: ForOfStatement): void {
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
  writtenOut(lowering, { node, target, items: walked.items });
}

interface WrittenOut {
  readonly node: ForOfStatement | ForStatement;
  readonly target: SyntaxNode;
  readonly items: readonly Value[];
}

/** Turn by turn; a turn behind a `break` that only the running kernel decides on stands in a branch. */
function writtenOut(lowering: Lowering, { node, target, items }: WrittenOut): void {
  const { context, variables } = lowering;
  const frame = loopFrame(node);
  const turn = (item: Value): void =>
    inFrame(lowering, frame, () => {
      place(lowering, target, item, declareVariable);
      lowering.statements([node.body]);
    });
  variables.set(frame.broke, constant(false));
  for (const item of items) {
    const broke = variables.get(frame.broke);
    if (broke?.kind !== "tile") {
      if (broke?.kind === "constant" && broke.value === true) return;
      turn(item);
      continue;
    }
    const goesOn = tile(context, context.builder.unary("not", broke.id, context.note({ node })));
    const changes = [...changedIn(lowering, [node]), frame.broke];
    lowerArms(
      lowering,
      goesOn,
      { whenTrue: () => turn(item), whenFalse: () => undefined },
      { changes, node },
    );
  }
}

/** `for (let j = 0; j < n; j += BK)`; one that doubles its variable, or halves it, is written out. */
export function lowerFor(lowering: Lowering, node: ForStatement): void {
  const powers = readPowers(lowering, node);
  if (powers !== undefined) return writtenOut(lowering, { node, target: powers.index, items: powers.items });
  countedLoop(lowering, { node, ...readHead(lowering, node), body: node.body });
}

/** Most turns of a `while`: a GPU must come to an end, and some end every loop here without a word. Then the launch fails. */
export const mostWhileTurns = 65_535;

/** `while (condition) { ... }` on a number of the running kernel, as a counted loop that may end early. */
export function lowerWhile(lowering: Lowering, node: WhileStatement): void {
  const { context } = lowering;
  const { builder } = context;
  const inner = { node };
  const [lower = -1, upper = -1] = [0, mostWhileTurns].map((edge) =>
    builder.const(edge, "i32", context.note(inner)),
  );
  const ends = endsEarly(node.body);
  const frame = loopFrame(node);
  const changes = changedIn(lowering, [node]);
  carrying(lowering, { changes, node, inLoop: true }, (carriers) => {
    const begin = starts(lowering, carriers, node);
    // What the body changes is no constant, already when the condition is asked for the first time.
    enter(lowering, carriers, begin);
    const first: Operand = { value: lowering.expression(node.test), node: node.test };
    if (first.value.kind === "constant" && !first.value.value) return;
    if (first.value.kind === "constant" && !ends) throw endless(lowering, node);
    const init = condition(lowering, first, node).id;
    const head = { lower, upper, span: context.mark(node) };
    const carried = [...carriedFrom(carriers, begin), { init, goesOn: true }];
    const results = builder.forLoop(head, carried, (_, values) => {
      enter(lowering, carriers, values);
      inFrame(lowering, frame, () => lowering.statements([node.body]));
      const next = again(lowering, node, frame);
      return [...yielded(lowering, carriers, node), next.id];
    });
    leaveLoop(lowering, carriers, results.slice(0, -1));
    const goesOn = results.at(-1);
    if (goesOn !== undefined) requireEnd(lowering, goesOn, node);
  });
}

/** A loop that would go on after its most turns has not computed what was asked for. */
function requireEnd({ context }: Lowering, goesOn: ValueId, node: WhileStatement): void {
  const { builder } = context;
  const note = context.note({ node: node.test });
  const ended = builder.unary("not", goesOn, note);
  builder.assert(ended, `this loop would take more than ${mostWhileTurns.toLocaleString("en")} turns`, {
    ...note,
    turns: true,
  });
}

/** Whether another turn begins. Behind a `break` the condition is not asked again. */
function again(lowering: Lowering, node: WhileStatement, frame: LoopFrame): TileValue {
  const { context, variables } = lowering;
  const ask = (): TileValue =>
    condition(lowering, { value: lowering.expression(node.test), node: node.test }, node);
  const broke = variables.get(frame.broke);
  if (broke?.kind === "constant" && broke.value === true)
    return withDType(context, { value: constant(false), node }, "bool", { node });
  if (broke?.kind !== "tile") return ask();
  const answer: Binding = { name: "again", kind: "let", node, helper: undefined, top: false };
  variables.set(answer, constant(false));
  const arms = { whenTrue: () => undefined, whenFalse: () => variables.set(answer, ask()) };
  lowerArms(lowering, broke, arms, { changes: [answer, ...changedIn(lowering, [node.test])], node });
  return condition(lowering, { value: variables.get(answer) ?? constant(false), node }, node);
}

/** A bool of the running kernel, also when it is known. */
function condition({ context }: Lowering, operand: Operand, node: WhileStatement): TileValue {
  const { value } = operand;
  if (value.kind !== "constant") return uniform(context, operand, node);
  return withDType(context, { value: constant(Boolean(value.value)), node }, "bool", { node });
}

function endless({ context }: Lowering, node: WhileStatement): Error {
  const hint = "write the condition on which it goes on, or break";
  return context.fault("kernel/endless", node.test, "this loop never ends", hint);
}

interface CountedLoop {
  readonly node: SyntaxNode;
  readonly index: Identifier;
  readonly range: RangeValue;
  readonly body: SyntaxNode;
}

function countedLoop(lowering: Lowering, loop: CountedLoop): void {
  const { context, counters, names } = lowering;
  const { node, index, range, body } = loop;
  const counter = names.bindingOf(index);
  if (counter === undefined) throw context.fault("kernel/loop", index, "this loop counts nothing");
  counters.add(counter);
  lowering.declared.set(index, typed({ dtype: "i32", shape: [] }));
  const turns = turnsOf(context, range, node);
  const ends = endsEarly(body);
  const frame = loopFrame(node);
  const changes = changedIn(lowering, [node]);
  carrying(lowering, { changes, node, inLoop: true }, (carriers) => {
    const carried = carriedFrom(carriers, starts(lowering, carriers, node));
    const constantly = (value: boolean) =>
      withDType(context, { value: constant(value), node }, "bool", { node }).id;
    const head = { ...turns, indexLabel: labelled(index.name), span: context.mark(node) };
    const all = ends ? [...carried, { init: constantly(true), goesOn: true }] : carried;
    const results = context.builder.forLoop(head, all, (turn, values) => {
      lowering.variables.set(
        counter,
        turns.at({ kind: "tile", id: turn, type: { dtype: "i32", shape: [] } }),
      );
      enter(lowering, carriers, values);
      inFrame(lowering, frame, () => lowering.statements([body]));
      const yields = yielded(lowering, carriers, node);
      if (!ends) return yields;
      const broke = lowering.variables.get(frame.broke);
      if (broke?.kind !== "tile") return [...yields, constantly(broke?.kind === "constant" && !broke.value)];
      return [...yields, context.builder.unary("not", broke.id, context.note({ node }))];
    });
    leaveLoop(lowering, carriers, results);
  });
}

/** Whether a turn may be the last one before the loop's own end. */
function endsEarly(body: SyntaxNode): boolean {
  const { breaks, returns } = jumpsOf(body);
  return breaks || returns;
}

function carriedFrom(carriers: readonly Carrier[], inits: readonly ValueId[]): readonly CarriedInit[] {
  const labels = labelsOf(carriers);
  return inits.map((init, at) => ({ init, label: labelled(labels[at]) }));
}

function leaveLoop(lowering: Lowering, carriers: readonly Carrier[], results: readonly ValueId[]): void {
  enter(lowering, carriers, results);
  for (const { binding } of carriers) {
    const after = lowering.variables.get(binding);
    if (isIdentifier(binding.node) && after !== undefined) lowering.declared.set(binding.node, after);
  }
}
