import type { FaultData, Span } from "@tilebook/base";
import type { SyntaxNode } from "../syntax.ts";
import type { Examined } from "./examine.ts";

/** A change of the text that mends a fault. */
export interface Fix {
  /** What it does, for a menu: "write idiv(n, 2)". */
  readonly title: string;
  /** Apart from each other, in the text's order. */
  readonly edits: readonly { readonly span: Span; readonly text: string }[];
}

/** Where a fault stands, for those who know how to mend it. */
export interface Site {
  readonly fault: FaultData;
  readonly source: string;
  readonly text: string;
  readonly run: Pick<Examined, "seen" | "declared" | "node">;
  /** The nodes with the fault's span, outermost first. */
  readonly nodes: readonly SyntaxNode[];
  /** The nodes around the fault's, outermost first. */
  readonly around: readonly SyntaxNode[];
}

export type Fixer = (site: Site) => readonly Fix[];

/** Puts `text` where the node is. */
export function replace({ source }: Site, title: string, node: SyntaxNode, text: string): Fix {
  return { title, edits: [{ span: { source, start: node.start, end: node.end }, text }] };
}

/** Puts `text` at a place. */
export function insert({ source }: Site, title: string, at: number, text: string): Fix {
  return { title, edits: [{ span: { source, start: at, end: at }, text }] };
}

export function textOf({ text }: Site, node: SyntaxNode): string {
  return text.slice(node.start, node.end);
}

/** The text of a node that may stand before `.to(...)` or beside an operator. */
export function tight(site: Site, node: SyntaxNode): string {
  const simple = /^(Identifier|CallExpression|MemberExpression|ParenthesizedExpression)$/.test(node.type);
  return simple ? textOf(site, node) : `(${textOf(site, node)})`;
}
