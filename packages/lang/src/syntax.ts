import type { AnyNode, Expression, Identifier, Node } from "acorn";

/** Any node of the tree: acorn's JavaScript nodes, and the TypeScript ones it has no types for ("TS..."). */
export type SyntaxNode = Node;

export type NodeOf<Type extends AnyNode["type"]> = Extract<AnyNode, { readonly type: Type }>;

/** What to do with each type of node. */
export type Visitor<Result> = { readonly [Type in AnyNode["type"]]?: (node: NodeOf<Type>) => Result };

/** Calls the visitor's function for this type of node, or `otherwise` when it has none. */
export function dispatch<Result, Given extends SyntaxNode>(
  visitor: Visitor<Result>,
  node: Given,
  otherwise: (node: Given) => Result,
): Result {
  const visit = Object.hasOwn(visitor, node.type) ? visitor[node.type as AnyNode["type"]] : undefined;
  // The function found under a type takes nodes of that type.
  return visit === undefined ? otherwise(node) : (visit as (node: SyntaxNode) => Result)(node);
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** A field of a node that acorn's types do not know. */
export function field(node: SyntaxNode, name: string): unknown {
  return Reflect.get(node, name);
}

export function nodeField(node: SyntaxNode, name: string): SyntaxNode | undefined {
  const value = field(node, name);
  return isNode(value) ? value : undefined;
}

export function nodesField(node: SyntaxNode, name: string): readonly SyntaxNode[] {
  const value = field(node, name);
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** The nodes directly below, each once, in the order acorn lists them (which is not always that of the text). */
export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const children = new Set<SyntaxNode>();
  for (const value of Object.values(node) as readonly unknown[]) {
    if (Array.isArray(value)) value.filter(isNode).forEach((item) => children.add(item));
    else if (isNode(value)) children.add(value);
  }
  return [...children];
}

/** Calls `visit` for the node and all nodes below it, parents first; `visit` returns false to stay out of a node. */
export function walk(node: SyntaxNode, visit: (node: SyntaxNode) => boolean): void {
  if (!visit(node)) return;
  for (const child of childrenOf(node)) walk(child, visit);
}

/** `x as T`, `x satisfies T`, `x!`, `f<T>`, `<T>x`: TypeScript around an expression that stays when types go. */
const typeWrappers: ReadonlySet<string> = new Set([
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSNonNullExpression",
  "TSInstantiationExpression",
  "TSTypeAssertion",
]);

/** Is this node a type, or a declaration of types, with nothing in it that runs? */
export function isTypeOnly(node: SyntaxNode): boolean {
  if (field(node, "declare") === true) return true;
  return node.type.startsWith("TS") && !typeWrappers.has(node.type) && node.type !== "TSParameterProperty";
}

/** The expression inside parentheses and types. */
export function plain(node: SyntaxNode): Expression {
  let inner = node;
  while (inner.type === "ParenthesizedExpression" || typeWrappers.has(inner.type)) {
    const next = nodeField(inner, "expression");
    if (next === undefined) break;
    inner = next;
  }
  // acorn's tree is a union by `type`; every expression node that is left is one of its Expressions.
  return inner as Expression;
}

export function isIdentifier(node: SyntaxNode): node is Identifier {
  return node.type === "Identifier";
}

/** Where a name ends: acorn counts a type annotation and `?` as part of the identifier. */
export function nameEnd(node: Identifier, text: string): number {
  const end = node.start + node.name.length;
  return text.slice(node.start, end) === node.name ? end : node.end;
}

const space = /\s/u;

/** The first place at or after `from` that is neither white space nor a comment. */
export function skipBlank(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    if (space.test(text.charAt(at))) at += 1;
    else if (text.startsWith("//", at)) at = lineEnd(text, at);
    else if (text.startsWith("/*", at)) at = Math.max(text.indexOf("*/", at + 2), at) + 2;
    else return at;
  }
  return text.length;
}

/** The first `character` at or after `from` that stands outside of comments; the text's length if there is none. */
export function findOutside(text: string, character: string, from: number): number {
  let at = skipBlank(text, from);
  while (at < text.length && !text.startsWith(character, at)) at = skipBlank(text, at + 1);
  return at;
}

const newLine = /[\n\r\u2028\u2029]/u;

export function hasNewLine(text: string): boolean {
  return newLine.test(text);
}

function lineEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && !newLine.test(text.charAt(at))) at += 1;
  return at;
}
