import type { AnyNode, MemberExpression } from "acorn";
import type { KernelSite } from "../cell.ts";
import { parseCell } from "../parse.ts";
import { isIdentifier, plain, type SyntaxNode, walk } from "../syntax.ts";

/**
 * Numbers that stand for captured and `Const` numbers whose values only a run will tell: sizes of tiles, as a rule, so powers
 * of two. What is wrong with all of them is wrong with the text; what is wrong with one may be fine.
 */
export const guessedNumbers: readonly number[] = [16, 4, 64];

/** The number that hovers are shown with. */
export const shownNumber = 16;

type Kind = "number" | "list" | "record" | "tensor";

/** How a captured name is used tells what it is. */
interface Use {
  kind: Kind;
  readonly fields: Set<string>;
}

/** Values for names nobody knows yet, in the order of `guessedNumbers`. */
export function guesses(
  text: string,
  names: readonly string[],
): readonly Readonly<Record<string, unknown>>[] {
  const uses = new Map(names.map((name): [string, Use] => [name, { kind: "number", fields: new Set() }]));
  if (names.length > 0) walk(parseCell("guess", text), (node) => note(node, uses));
  return guessedNumbers.map((number) =>
    Object.fromEntries([...uses].map(([name, use]) => [name, valueOf(use, number)])),
  );
}

function valueOf({ kind, fields }: Use, number: number): unknown {
  if (kind === "list") return Array.from({ length: 8 }, () => number);
  if (kind === "record") return Object.fromEntries([...fields].map((name) => [name, number]));
  return kind === "tensor" ? { $tensor: { dtype: "f32", shape: [number, number] } } : number;
}

const takesPointer = /^(load|store|view|atomic\w*)$/;
const tensorMembers: ReadonlySet<string> = new Set(["shape", "strides", "dtype"]);

function note(syntax: SyntaxNode, uses: ReadonlyMap<string, Use>): boolean {
  const node = syntax as AnyNode;
  const mark = (part: SyntaxNode | null | undefined, kind: Kind): Use | undefined => {
    const name = part ? plain(part) : undefined;
    const use = name !== undefined && isIdentifier(name) ? uses.get(name.name) : undefined;
    if (use !== undefined && use.kind === "number") use.kind = kind;
    return use;
  };
  if (node.type === "MemberExpression") noteMember(node, mark);
  if (node.type === "ForOfStatement") mark(node.right, "list");
  if (node.type === "SpreadElement") mark(node.argument, "list");
  if (node.type === "VariableDeclarator" && node.id.type === "ArrayPattern") mark(node.init, "list");
  if (node.type === "VariableDeclarator" && node.id.type === "ObjectPattern") {
    const use = mark(node.init, "record");
    for (const property of node.id.properties)
      if (property.type === "Property" && isIdentifier(property.key)) use?.fields.add(property.key.name);
  }
  if (node.type === "CallExpression" && isIdentifier(node.callee) && takesPointer.test(node.callee.name)) {
    const [first] = node.arguments;
    mark(first, "tensor");
    if (first?.type === "BinaryExpression") mark(leftmost(first), "tensor");
  }
  return true;
}

function noteMember(
  { object, property, computed }: MemberExpression,
  mark: (part: SyntaxNode, kind: Kind) => Use | undefined,
): void {
  if (computed) mark(object, "list");
  else if (isIdentifier(property) && property.name === "length") mark(object, "list");
  else if (isIdentifier(property) && tensorMembers.has(property.name)) mark(object, "tensor");
  else if (isIdentifier(property) && property.name !== "to")
    mark(object, "record")?.fields.add(property.name);
}

function leftmost(node: SyntaxNode): SyntaxNode {
  const inner = plain(node);
  return inner.type === "BinaryExpression" ? leftmost(inner.left) : inner;
}

/** Captured names and `Const` parameters of a kernel that have no known value. */
export function unknownNames(
  site: KernelSite,
  constants: Readonly<Record<string, unknown>>,
): { readonly captured: readonly string[]; readonly params: readonly string[] } {
  return {
    captured: site.captures.filter((name) => !Object.hasOwn(constants, name)),
    params: site.params.flatMap((param) => (param.kind === "const" ? [param.name] : [])),
  };
}
