import type { ForStatement, Identifier } from "acorn";
import { isIdentifier, plain, type SyntaxNode } from "../syntax.ts";
import type { Lowering } from "./lowering.ts";
import { binaryOperator } from "./operators.ts";
import { mostWrittenOut } from "./shapes.ts";
import { constant, type ConstantValue, type Value } from "./value.ts";

export interface PowersHead {
  readonly index: Identifier;
  /** What the variable is, turn by turn. */
  readonly items: readonly ConstantValue[];
}

/** Steps that go by a factor. */
const steps: Readonly<Record<string, string | undefined>> = {
  "*=": "*",
  "/=": "/",
  "<<=": "<<",
  ">>=": ">>",
};

/** What `for (let size = 2; size <= N; size *= 2)` counts, all of it known while compiling; undefined for other loops. */
export function readPowers(lowering: Lowering, node: ForStatement): PowersHead | undefined {
  const { init, test, update } = node;
  const operator = update?.type === "AssignmentExpression" ? steps[update.operator] : undefined;
  const declared = init?.type === "VariableDeclaration" ? init.declarations[0] : undefined;
  if (operator === undefined || update?.type !== "AssignmentExpression" || !test) return undefined;
  if (!declared?.init || !isIdentifier(declared.id)) return undefined;
  const index = declared.id;
  const target = plain(update.left);
  if (!isIdentifier(target) || target.name !== index.name) return undefined;
  const factor = known(lowering, update.right);
  const items: ConstantValue[] = [];
  let value = known(lowering, declared.init);
  while (asked(lowering, { index, test, value })) {
    if (items.length === mostWrittenOut) throw tooLong(lowering, node);
    items.push(value);
    const sides = { left: { value, node: target }, right: { value: factor, node: update.right } };
    value = constantOf(lowering, binaryOperator(lowering.context, operator, sides, { node: update }), update);
  }
  return { index, items };
}

/** Whether the loop goes on with this value. */
function asked(
  lowering: Lowering,
  {
    index,
    test,
    value,
  }: { readonly index: Identifier; readonly test: SyntaxNode; readonly value: ConstantValue },
): boolean {
  const binding = lowering.names.bindingOf(index);
  if (binding === undefined) return false;
  return lowering.variables.branch(
    () => lowering.variables.set(binding, value),
    () => known(lowering, test).value === true,
  );
}

function known(lowering: Lowering, node: SyntaxNode): ConstantValue {
  return constantOf(lowering, lowering.expression(node), node);
}

function constantOf({ context }: Lowering, value: Value, node: SyntaxNode): ConstantValue {
  if (value.kind === "constant") return constant(value.value);
  const message = `a loop that goes by a factor is written out, so this must be known while compiling`;
  throw context.fault("kernel/loop", node, message, "use constants, or while (condition) { ... }");
}

function tooLong({ context }: Lowering, node: ForStatement): Error {
  const message = `this loop would be written out more than ${mostWrittenOut} times`;
  return context.fault("kernel/too-large", node, message, "does its variable come nearer to its bound?");
}
