import { childrenOf, isIdentifier, isTypeOnly, nodeField, plain, type SyntaxNode } from "./syntax.ts";

/** The host's function that looks at a value which JavaScript is about to take as true or false, or to compare by identity. */
export type Question = "$truth" | "$equal";

/**
 * The expressions of a cell that are asked whether they are true (`if`, `? :`, loops, `!`, `&&`, `||`) or the same (`==`), as far as
 * their value may be an object. JavaScript answers for every object without a word; the host's function refuses tensors.
 */
export function questionsIn(program: SyntaxNode): ReadonlyMap<SyntaxNode, Question> {
  const found = new Map<SyntaxNode, Question>();
  visit(program, found);
  return found;
}

type Found = Map<SyntaxNode, Question>;

function visit(node: SyntaxNode, found: Found): void {
  if (isTypeOnly(node)) return;
  for (const asked of askedBy(node)) askTruth(asked, found);
  for (const side of comparedBy(node)) if (mayBeObject(side)) found.set(side, "$equal");
  for (const child of childrenOf(node)) visit(child, found);
}

const withTest: ReadonlySet<string> = new Set([
  "IfStatement",
  "ConditionalExpression",
  "WhileStatement",
  "DoWhileStatement",
  "ForStatement",
]);

function askedBy(node: SyntaxNode): readonly SyntaxNode[] {
  const name = withTest.has(node.type)
    ? "test"
    : node.type === "UnaryExpression" && operatorOf(node) === "!"
      ? "argument"
      : isAndOr(node)
        ? "left"
        : undefined;
  const asked = name === undefined ? undefined : nodeField(node, name);
  return asked === undefined ? [] : [asked];
}

/** Both sides of `a == b`. Against null it asks whether something is there, which may be asked of everything. */
function comparedBy(node: SyntaxNode): readonly SyntaxNode[] {
  const operator = node.type === "BinaryExpression" ? operatorOf(node) : undefined;
  if (operator !== "==" && operator !== "!=") return [];
  const sides = ["left", "right"].flatMap((name) => nodeField(node, name) ?? []);
  return sides.every(mayBeObject) ? sides : [];
}

/** The left side of `a && b` is asked anyway; where the whole is asked, so is the right one. */
function askTruth(node: SyntaxNode, found: Found): void {
  const inner = plain(node);
  const right = isAndOr(inner) ? nodeField(inner, "right") : undefined;
  if (right !== undefined) askTruth(right, found);
  else if (mayBeObject(node)) found.set(node, "$truth");
}

const objects: ReadonlySet<string> = new Set([
  "MemberExpression",
  "CallExpression",
  "ChainExpression",
  "AwaitExpression",
  "AssignmentExpression",
  "ConditionalExpression",
]);

function mayBeObject(node: SyntaxNode): boolean {
  const inner = plain(node);
  if (isIdentifier(inner)) return inner.name !== "undefined" && inner.name !== "NaN";
  return objects.has(inner.type) || (inner.type === "LogicalExpression" && !isAndOr(inner));
}

function isAndOr(node: SyntaxNode): boolean {
  return node.type === "LogicalExpression" && operatorOf(node) !== "??";
}

function operatorOf(node: SyntaxNode): unknown {
  return "operator" in node ? node.operator : undefined;
}
