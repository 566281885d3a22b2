import type { ValueId } from "@tilebook/ir";
import type { AnyNode, ConditionalExpression } from "acorn";
import type { Binding } from "../names.ts";
import { isIdentifier, plain, type SyntaxNode, walk } from "../syntax.ts";
import { carrying, enter, labelsOf, yielded } from "./carry.ts";
import { type At, type Context, labelled } from "./context.ts";
import { commonDType, commonShape, type Operand, tile, withType } from "./convert.ts";
import { leavesOf, sameLeaf, withLeaves } from "./form.ts";
import { changedIn, type Lowering } from "./lowering.ts";
import { describe, isNumeric, nothing, type NumericValue, type TileValue, type Value } from "./value.ts";

/** What is done when a condition holds, and when not. */
export interface Arms {
  readonly whenTrue: () => void;
  readonly whenFalse: () => void;
}

/** A branch on a number of the running kernel: the whole program takes one arm. `changes`: what they may assign. */
export function lowerArms(
  lowering: Lowering,
  test: TileValue,
  arms: Arms,
  { changes, node }: { readonly changes: readonly Binding[]; readonly node: SyntaxNode },
): void {
  const { context, variables } = lowering;
  carrying(lowering, { changes, node, inLoop: false }, (current) => {
    const arm = (run: () => void) => (): readonly ValueId[] =>
      variables.branch(run, () => yielded(lowering, current, node));
    const [whenTrue, whenFalse] = [arm(arms.whenTrue), arm(arms.whenFalse)];
    if (context.combining)
      return enter(lowering, current, choose(context, test, [whenTrue(), whenFalse()], node));
    const note = { span: context.mark(node), labels: labelsOf(current).map(labelled) };
    enter(lowering, current, context.builder.ifElse(test.id, { whenTrue, whenFalse }, note));
  });
}

/** Both arms of a branch on single numbers are computed. */
function choose(
  context: Context,
  test: TileValue,
  [yes, no]: readonly [readonly ValueId[], readonly ValueId[]],
  node: SyntaxNode,
): readonly ValueId[] {
  return yes.map((id, at) => {
    const choice = { condition: test.id, yes: id, no: no[at] ?? -1 };
    return context.builder.select(choice, context.note({ node }));
  });
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
  const [yes, no] = [node.consequent, node.alternate].map((part) => lowering.expression(part));
  return selectedParts(lowering, test, [yes ?? nothing, no ?? nothing], { node, at });
}

/** Numbers are selected; pointers of one buffer by their offsets; lists and objects part by part. */
function selectedParts(
  lowering: Lowering,
  test: TileValue,
  [yes, no]: readonly [Value, Value],
  place: { readonly node: ConditionalExpression; readonly at: At },
): Value {
  const { context } = lowering;
  const { node, at } = place;
  if (isNumeric(yes) && isNumeric(no)) return selectedNumber(context, test, [yes, no], place);
  const [left, right] = [leavesOf(yes), leavesOf(no)];
  const fits = left.size === right.size && [...left.keys()].every((key) => right.has(key));
  if (!fits || yes.kind !== no.kind) throw apart(context, yes, no, node);
  return withLeaves(yes, (leaf, key) => {
    const other = right.get(key) ?? nothing;
    if (sameLeaf(leaf, other)) return leaf;
    const numbers = isNumeric(leaf) && isNumeric(other);
    if (!numbers) throw apart(context, leaf, other, node);
    return selectedNumber(context, test, [leaf, other], { node, at: { node: at.node } });
  });
}

function apart(context: Context, yes: Value, no: Value, node: SyntaxNode): Error {
  const pointers = yes.kind === "pointer" && no.kind === "pointer";
  const [a, b] = pointers ? [`\`${yes.name}\``, `\`${no.name}\``] : [describe(yes), describe(no)];
  const hint = pointers ? "load from both, and choose between the values" : undefined;
  const message = pointers
    ? `a pointer stays in its buffer, so one of ${a} and ${b} cannot be chosen while the kernel runs`
    : `\`? :\` cannot choose between ${a} and ${b} while the kernel runs`;
  return context.fault("kernel/type", node, message, hint);
}

function selectedNumber(
  context: Context,
  test: TileValue,
  [first, second]: readonly [NumericValue, NumericValue],
  { node, at }: { readonly node: ConditionalExpression; readonly at: At },
): NumericValue {
  const yes = { value: first, node: node.consequent };
  const no = { value: second, node: node.alternate };
  const type = { dtype: commonDType(yes, no), shape: commonShape(context, yes, no, node) };
  const inner = { node };
  const condition = { value: test, node: node.test };
  const mask = withType(context, condition, { dtype: "bool", shape: type.shape }, inner);
  const choice = {
    condition: mask.id,
    yes: withType(context, yes, type, inner).id,
    no: withType(context, no, type, inner).id,
  };
  return tile(context, context.builder.select(choice, context.note(at)));
}

/** A choice with costly arms: only one of them runs. Both must come to one type. */
function branched(lowering: Lowering, test: TileValue, node: ConditionalExpression, at: At): Value {
  const { variables } = lowering;
  const name = at.label ?? "choice";
  const choice: Binding = { name, kind: "const", node, helper: undefined, top: false };
  const arm = (part: SyntaxNode) => () => variables.set(choice, lowering.expression(part));
  const arms = { whenTrue: arm(node.consequent), whenFalse: arm(node.alternate) };
  variables.set(choice, nothing);
  lowerArms(lowering, test, arms, { changes: [choice, ...changedIn(lowering, [node])], node });
  return variables.get(choice) ?? nothing;
}
