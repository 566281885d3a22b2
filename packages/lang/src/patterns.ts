import type { Identifier } from "acorn";
import { dispatch, plain, type SyntaxNode, type Visitor } from "./syntax.ts";

/** What stands in the left side of a declaration or an assignment. */
export interface PatternParts {
  /** The names that get a value. */
  readonly names: readonly Identifier[];
  /** What is computed on the way: defaults, computed keys, and objects whose members are assigned. */
  readonly expressions: readonly SyntaxNode[];
}

/** Takes a pattern such as `{ a, b: [c = 1] }` apart. */
export function partsOf(pattern: SyntaxNode): PatternParts {
  const names: Identifier[] = [];
  const expressions: SyntaxNode[] = [];
  const visitor: Visitor<void> = {
    Identifier: (node) => void names.push(node),
    ArrayPattern: ({ elements }) => elements.forEach((element) => element && visit(element)),
    RestElement: ({ argument }) => visit(argument),
    AssignmentPattern: ({ left, right }) => {
      visit(left);
      expressions.push(right);
    },
    ObjectPattern: ({ properties }) => properties.forEach(visit),
    Property: ({ computed, key, value }) => {
      if (computed) expressions.push(key);
      visit(value);
    },
  };
  const visit = (node: SyntaxNode): void =>
    dispatch(visitor, plain(node), (expression) => void expressions.push(expression));
  visit(pattern);
  return { names, expressions };
}
