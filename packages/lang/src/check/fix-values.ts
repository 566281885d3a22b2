import type { AnyNode, BinaryExpression, Statement } from "acorn";
import { isIdentifier, plain, type SyntaxNode } from "../syntax.ts";
import type { Value } from "../tile/value.ts";
import { dtypeFix } from "./fix-names.ts";
import { type Fix, type Fixer, replace, type Site, textOf, tight } from "./site.ts";

/** What mends faults of values: dtypes, shapes, sizes, conditions. */
export const valueFixes: Readonly<Record<string, Fixer | undefined>> = {
  "integer-division": divide,
  "varying-if": choose,
  size: powerOfTwo,
  shapes: expandOne,
  rank: expandOne,
  dot: (site) => (site.fault.hint?.includes("b.T") === true ? transposeRight(site) : []),
  type: convert,
  "number-range": convert,
  "const-assignment": makeLet,
  unsupported: modernise,
};

function divide(site: Site): readonly Fix[] {
  const division = binaryAt(site, "/");
  if (division === undefined) return [];
  const [left, right] = [division.left as SyntaxNode, division.right];
  const call = (name: string): string => `${name}(${textOf(site, left)}, ${textOf(site, right)})`;
  const [cast, other] = isLiteral(left) ? [right, left] : [left, right];
  const asFloat = `${tight(site, cast)}.to("f32")`;
  const float = cast === left ? `${asFloat} / ${textOf(site, other)}` : `${textOf(site, other)} / ${asFloat}`;
  return [
    replace(site, `the whole part: ${call("idiv")}`, division, call("idiv")),
    replace(site, `rounded up: ${call("cdiv")}`, division, call("cdiv")),
    replace(site, `with a fraction: ${float}`, division, float),
  ];
}

function binaryAt({ nodes }: Site, operator?: string): BinaryExpression | undefined {
  for (const node of nodes as AnyNode[])
    if (node.type === "BinaryExpression" && (operator ?? node.operator) === node.operator) return node;
  return undefined;
}

function isLiteral(node: SyntaxNode): boolean {
  return plain(node).type === "Literal";
}

/** An `if` on a tile becomes `where`, or a mask of its one store. */
function choose(site: Site): readonly Fix[] {
  const around = (site.around as AnyNode[]).findLast(
    (node) => node.type === "IfStatement" || node.type === "ConditionalExpression",
  );
  if (around?.type === "ConditionalExpression") {
    const parts = [around.test, around.consequent, around.alternate].map((part) => textOf(site, part));
    return [replace(site, "use where", around, `where(${parts.join(", ")})`)];
  }
  if (around?.type !== "IfStatement") return [];
  const test = textOf(site, around.test);
  const yes = onlyExpression(around.consequent);
  const no = around.alternate ? onlyExpression(around.alternate) : undefined;
  if (yes === undefined || (around.alternate && no === undefined)) return [];
  const assigned = assignment(site, yes);
  const other = no === undefined ? undefined : assignment(site, no);
  if (assigned !== undefined && (no === undefined || other?.name === assigned.name)) {
    const text = `${assigned.name} = where(${test}, ${assigned.value}, ${other?.value ?? assigned.name});`;
    return [replace(site, "use where", around, text)];
  }
  return no === undefined ? maskedStore(site, around, yes, test) : [];
}

function maskedStore(site: Site, branch: SyntaxNode, yes: SyntaxNode, test: string): readonly Fix[] {
  const call = plain(yes);
  if (call.type !== "CallExpression" || !isIdentifier(call.callee) || call.callee.name !== "store") return [];
  const [place, value, mask, ...more] = call.arguments;
  if (place === undefined || value === undefined || more.length > 0) return [];
  const both = mask === undefined ? test : `(${textOf(site, mask)}) && (${test})`;
  const text = `store(${textOf(site, place)}, ${textOf(site, value)}, ${both});`;
  return [replace(site, "make it the mask of the store", branch, text)];
}

function onlyExpression(statement: Statement): SyntaxNode | undefined {
  if (statement.type === "ExpressionStatement") return statement.expression;
  const [first, ...more] = statement.type === "BlockStatement" ? statement.body : [];
  return first !== undefined && more.length === 0 ? onlyExpression(first) : undefined;
}

function assignment(site: Site, node: SyntaxNode): { name: string; value: string } | undefined {
  const inner = plain(node);
  if (inner.type !== "AssignmentExpression" || !isIdentifier(inner.left)) return undefined;
  const { name } = inner.left;
  const value = textOf(site, inner.right);
  if (inner.operator === "=") return { name, value };
  const operator = inner.operator.slice(0, -1);
  return /^[-+*/]$/.test(operator)
    ? { name, value: `${name} ${operator} ${tight(site, inner.right)}` }
    : undefined;
}

/** The next power of two, in the list of sizes or where the size is declared. */
function powerOfTwo(site: Site): readonly Fix[] {
  const wrong = /the size (\d+) /.exec(site.fault.message)?.[1];
  const size = Number(wrong);
  if (wrong === undefined || !(size > 0) || size > 2 ** 17) return [];
  const next = String(2 ** Math.ceil(Math.log2(size)));
  const [node] = site.nodes;
  const literal = node && findIn(node, (part) => part.type === "Literal" && textOf(site, part) === wrong);
  if (literal !== undefined) return [replace(site, `use ${next}`, literal, next)];
  const declared = declaredAs(site, wrong);
  return declared === undefined ? [] : [replace(site, `make it ${next}`, declared, next)];
}

/** The number that a `const` of the cell gives, when exactly one gives it. */
function declaredAs(site: Site, wrong: string): SyntaxNode | undefined {
  const found: SyntaxNode[] = [];
  const [program] = site.around;
  for (const node of program?.type === "Program" ? childStatements(program) : []) {
    if (node.type !== "VariableDeclaration") continue;
    for (const { init } of node.declarations) if (init && textOf(site, init) === wrong) found.push(init);
  }
  return found.length === 1 ? found[0] : undefined;
}

function childStatements(program: SyntaxNode): readonly AnyNode[] {
  const { body } = program as AnyNode & { readonly body: readonly AnyNode[] };
  return body;
}

function findIn(node: SyntaxNode, wanted: (node: SyntaxNode) => boolean): SyntaxNode | undefined {
  const inner = plain(node) as AnyNode;
  if (wanted(inner)) return inner;
  const parts =
    inner.type === "CallExpression"
      ? inner.arguments
      : inner.type === "ArrayExpression"
        ? inner.elements
        : [];
  for (const part of parts) {
    const found = part ? findIn(part, wanted) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** One value a row beside a table of rows: the value gets an axis behind. */
function expandOne(site: Site): readonly Fix[] {
  const both = binaryAt(site);
  if (both === undefined) return [];
  const sides: readonly SyntaxNode[] = [both.left, both.right];
  const shapes = sides.map((side) => shapeOf(site.run.seen.get(plain(side))));
  for (const [place, side] of sides.entries()) {
    const [own, other] = [shapes[place], shapes[1 - place]];
    if (own?.length !== 1 || other?.length !== 2) continue;
    const axis = own[0] === other[0] ? 1 : own[0] === other[1] ? 0 : undefined;
    if (axis === undefined) continue;
    const text = `expand(${textOf(site, side)}, ${axis})`;
    return [replace(site, `write ${text}`, side, text)];
  }
  return [];
}

function shapeOf(value: Value | undefined): readonly number[] | undefined {
  return value?.kind === "tile" ? value.type.shape : undefined;
}

function transposeRight(site: Site): readonly Fix[] {
  const call = (site.nodes as AnyNode[]).find((node) => node.type === "CallExpression");
  const right = call?.type === "CallExpression" ? call.arguments[1] : undefined;
  if (right === undefined) return [];
  return [replace(site, "transpose the right side", right, `${tight(site, right)}.T`)];
}

/** What the hint says in general, said of this value. */
function convert(site: Site): readonly Fix[] {
  const { hint = "" } = site.fault;
  const [node] = site.nodes;
  if (node === undefined) return [];
  const dtype = /x\.to\("(\w+)"\)/.exec(hint)?.[1];
  const inner = plain(node);
  const cast = inner.type === "UnaryExpression" ? inner.argument : node;
  const text = `${tight(site, cast)}.to("${dtype}")`;
  if (dtype !== undefined && !isLiteral(cast)) return [replace(site, `cast it: ${text}`, cast, text)];
  const dtypeName = dtypeFix(site, node);
  if (dtypeName !== undefined) return [dtypeName];
  if (hint.startsWith("compare it"))
    return [replace(site, `compare it: ${textOf(site, node)} !== 0`, node, `${tight(site, node)} !== 0`)];
  return hint === "load from it first"
    ? [replace(site, `write load(${textOf(site, node)})`, node, `load(${textOf(site, node)})`)]
    : [];
}

function makeLet(site: Site): readonly Fix[] {
  const [node] = site.nodes;
  if (node === undefined || !isIdentifier(node)) return [];
  for (const declared of site.run.declared.keys()) {
    if (!isIdentifier(declared) || declared.name !== node.name) continue;
    const before = site.text.slice(0, declared.start);
    const word = /\bconst\s+$/.exec(before);
    if (word === null) continue;
    const span = { source: site.source, start: word.index, end: word.index + "const".length };
    return [{ title: `declare \`${node.name}\` with let`, edits: [{ span, text: "let" }] }];
  }
  return [];
}

function modernise(site: Site): readonly Fix[] {
  const [node] = site.nodes as AnyNode[];
  if (node?.type === "VariableDeclaration" && node.kind === "var") {
    const span = { source: site.source, start: node.start, end: node.start + "var".length };
    return [{ title: "use let", edits: [{ span, text: "let" }] }];
  }
  return [];
}
