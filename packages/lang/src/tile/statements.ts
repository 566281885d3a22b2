import type { IfStatement, ReturnStatement, VariableDeclaration } from "acorn";
import { dispatch, isIdentifier, isTypeOnly, type SyntaxNode, type Visitor } from "../syntax.ts";
import { declareVariable, place } from "./assign.ts";
import { lowerBranch } from "./branch.ts";
import type { Operand } from "./convert.ts";
import { lowerFor, lowerForOf, lowerWhile } from "./loops.ts";
import type { Completion, Lowering } from "./lowering.ts";
import { constant, nothing } from "./value.ts";

/** Lowers statements in order; ends early at a `return`. */
export function lowerStatements(lowering: Lowering, list: readonly SyntaxNode[]): Completion {
  for (const statement of list) {
    if (isTypeOnly(statement)) continue;
    const completion = lowerStatement(lowering, statement);
    if (completion !== undefined) return completion;
  }
  return undefined;
}

function lowerStatement(lowering: Lowering, statement: SyntaxNode): Completion {
  const visitor: Visitor<Completion> = {
    VariableDeclaration: (node) => declare(lowering, node),
    ExpressionStatement: (node) => void lowering.expression(node.expression),
    BlockStatement: (node) => lowering.statements(node.body),
    IfStatement: (node) => branch(lowering, node),
    ForStatement: (node) => lowerFor(lowering, node),
    ForOfStatement: (node) => lowerForOf(lowering, node),
    WhileStatement: (node) => lowerWhile(lowering, node),
    ReturnStatement: (node) => finish(lowering, node),
    FunctionDeclaration: () => undefined,
    EmptyStatement: () => undefined,
  };
  return dispatch(visitor, statement, (node) => {
    const [message, hint] = refusals[node.type] ?? ["this statement does not work in a kernel", undefined];
    throw lowering.context.fault("kernel/unsupported", node, message, hint);
  });
}

const counted = "write for (let j = 0; j < n; j += BK)";

const refusals: Readonly<Record<string, readonly [message: string, hint: string] | undefined>> = {
  DoWhileStatement: ["`do` does not work in a kernel", "write while (condition) { ... }"],
  ForInStatement: ["`for in` does not work in a kernel", counted],
  BreakStatement: [
    "a kernel's loops run to their end, so `break` does not work",
    "shorten the bound, write while (condition), or use where",
  ],
  ContinueStatement: ["`continue` does not work in a kernel", "put the rest of the turn into an `if`"],
  SwitchStatement: ["`switch` does not work in a kernel", "use `if` and `else`"],
  TryStatement: ["a kernel throws nothing that could be caught", "leave out try"],
  ThrowStatement: ["a kernel cannot throw", "store a flag and look at it afterwards"],
  LabeledStatement: ["labels do not work in a kernel", counted],
  ClassDeclaration: ["a kernel makes no classes", "use functions"],
};

function declare(lowering: Lowering, node: VariableDeclaration): Completion {
  if (node.kind !== "const" && node.kind !== "let") {
    throw lowering.context.fault(
      "kernel/unsupported",
      node,
      `\`${node.kind}\` does not work in a kernel`,
      "use let or const",
    );
  }
  for (const { id, init } of node.declarations) {
    const value = init ? lowering.expression(init, isIdentifier(id) ? id.name : undefined) : nothing;
    place(lowering, id, value, declareVariable);
  }
  return undefined;
}

/** A condition known while compiling takes its arm; the other is not even looked at. */
function branch(lowering: Lowering, node: IfStatement): Completion {
  const condition: Operand = { value: lowering.expression(node.test), node: node.test };
  if (condition.value.kind !== "constant") return lowerBranch(lowering, condition, node);
  const arm = condition.value.value ? node.consequent : node.alternate;
  return arm ? lowering.statements([arm]) : undefined;
}

function finish(lowering: Lowering, node: ReturnStatement): Completion {
  const kernel = lowering.active.length === 1;
  if (kernel && node.argument) {
    const message = "a kernel gives nothing back";
    throw lowering.context.fault(
      "kernel/return",
      node,
      message,
      "write results with store(pointer + offsets, value)",
    );
  }
  return { node, returned: node.argument ? lowering.expression(node.argument) : constant(undefined) };
}
