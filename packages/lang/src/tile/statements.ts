import { Fault } from "@tilebook/base";
import type {
  BreakStatement,
  ContinueStatement,
  IfStatement,
  ReturnStatement,
  VariableDeclaration,
} from "acorn";
import { dispatch, isIdentifier, isTypeOnly, type SyntaxNode, type Visitor } from "../syntax.ts";
import { declareVariable, place } from "./assign.ts";
import { lowerArms, uniform } from "./branch.ts";
import { type Operand, tile } from "./convert.ts";
import { alwaysJumps, currentFunction, jump, skipped } from "./jumps.ts";
import { lowerFor, lowerForOf, lowerWhile } from "./loops.ts";
import { changedIn, type Lowering } from "./lowering.ts";
import { constant, nothing, type TileValue } from "./value.ts";

/** Lowers statements in order, up to where a `break`, a `continue` or a `return` leaves them. */
export function lowerStatements(lowering: Lowering, list: readonly SyntaxNode[]): void {
  for (const [turn, statement] of list.entries()) {
    const stop = skipped(lowering);
    if (stop.kind === "constant" && stop.value === true) return;
    if (stop.kind === "tile") return lowerUnless(lowering, stop, list.slice(turn));
    if (!isTypeOnly(statement) && recovering(lowering, statement, list.slice(turn + 1))) return;
  }
}

/** The statements behind one that may have left: they run unless it did. */
function lowerUnless(lowering: Lowering, stop: TileValue, list: readonly SyntaxNode[]): void {
  const { context, frames, variables } = lowering;
  const [node] = list;
  const flag = frames.at(-1)?.stop;
  if (node === undefined || flag === undefined) return;
  const goesOn = tile(context, context.builder.unary("not", stop.id, context.note({ node })));
  const whenTrue = (): void => {
    variables.set(flag, constant(false));
    lowering.statements(list);
  };
  lowerArms(
    lowering,
    goesOn,
    { whenTrue, whenFalse: () => undefined },
    { changes: changedIn(lowering, list), node },
  );
}

/** Lowers one statement. Where the checker looks, a fault in it is told, and what needs its names is left out. */
function recovering(lowering: Lowering, statement: SyntaxNode, rest: readonly SyntaxNode[]): boolean {
  const { recovery } = lowering;
  if (recovery === undefined) return lowerStatement(lowering, statement, rest);
  if (recovery.skips(statement)) return false;
  try {
    return lowerStatement(lowering, statement, rest);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    recovery.failed(statement, error);
    return false;
  }
}

/** True when it took the statements behind it into one of its arms. */
function lowerStatement(lowering: Lowering, statement: SyntaxNode, rest: readonly SyntaxNode[]): boolean {
  if (statement.type === "IfStatement") return branch(lowering, statement as IfStatement, rest);
  const visitor: Visitor<void> = {
    VariableDeclaration: (node) => declare(lowering, node),
    ExpressionStatement: (node) => void lowering.expression(node.expression),
    BlockStatement: (node) => lowering.statements(node.body),
    ForStatement: (node) => lowerFor(lowering, node),
    ForOfStatement: (node) => lowerForOf(lowering, node),
    WhileStatement: (node) => lowerWhile(lowering, node),
    BreakStatement: (node) => leave(lowering, node),
    ContinueStatement: (node) => leave(lowering, node),
    ReturnStatement: (node) => finish(lowering, node),
    FunctionDeclaration: () => undefined,
    EmptyStatement: () => undefined,
  };
  dispatch(visitor, statement, (node) => {
    const [message, hint] = refusals[node.type] ?? ["this statement does not work in a kernel", undefined];
    throw lowering.context.fault("kernel/unsupported", node, message, hint);
  });
  return false;
}

const counted = "write for (let j = 0; j < n; j += BK)";

const refusals: Readonly<Record<string, readonly [message: string, hint: string] | undefined>> = {
  DoWhileStatement: ["`do` does not work in a kernel", "write while (condition) { ... }"],
  ForInStatement: [
    "`for in` does not work in a kernel",
    "write for (const k of range(start, end, step)) { ... }",
  ],
  SwitchStatement: ["`switch` does not work in a kernel", "use `if` and `else`"],
  TryStatement: ["a kernel throws nothing that could be caught", "leave out try"],
  ThrowStatement: ["a kernel cannot throw", "store a flag and look at it afterwards"],
  LabeledStatement: ["labels do not work in a kernel", counted],
  ClassDeclaration: ["a kernel makes no classes", "use functions"],
};

function declare(lowering: Lowering, node: VariableDeclaration): void {
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
}

/**
 * A condition known while compiling takes its arm; the other is not even looked at. When one arm always leaves, what stands
 * behind the branch belongs to the other, so that no flag has to be asked.
 */
function branch(lowering: Lowering, node: IfStatement, rest: readonly SyntaxNode[]): boolean {
  const condition: Operand = { value: lowering.expression(node.test), node: node.test };
  const [yes, no] = [[node.consequent], node.alternate ? [node.alternate] : []];
  if (condition.value.kind === "constant") {
    lowering.statements(condition.value.value ? yes : no);
    return false;
  }
  const test = uniform(lowering.context, condition, node);
  const [leavesTrue, leavesFalse] = [alwaysJumps(yes), alwaysJumps(no)];
  const whenTrue = leavesFalse && !leavesTrue ? [...yes, ...rest] : yes;
  const whenFalse = leavesTrue && !leavesFalse ? [...no, ...rest] : no;
  const arms = {
    whenTrue: () => lowering.statements(whenTrue),
    whenFalse: () => lowering.statements(whenFalse),
  };
  lowerArms(lowering, test, arms, { changes: changedIn(lowering, [...whenTrue, ...whenFalse]), node });
  return leavesTrue || leavesFalse;
}

function leave(lowering: Lowering, node: BreakStatement | ContinueStatement): void {
  if (node.label) {
    const message = "labels do not work in a kernel";
    throw lowering.context.fault(
      "kernel/unsupported",
      node.label,
      message,
      "set a variable, and ask it outside",
    );
  }
  jump(lowering, node.type === "BreakStatement" ? "break" : "continue");
}

function finish(lowering: Lowering, node: ReturnStatement): void {
  const kernel = lowering.active.length === 1;
  if (kernel && node.argument) {
    const message = "a kernel gives nothing back";
    const hint = "write results with store(pointer + offsets, value)";
    throw lowering.context.fault("kernel/return", node, message, hint);
  }
  if (node.argument)
    lowering.variables.set(currentFunction(lowering).result, lowering.expression(node.argument));
  jump(lowering, "return");
}
