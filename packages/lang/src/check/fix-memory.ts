import type { AnyNode, CallExpression } from "acorn";
import { isIdentifier, nodeField, plain, type SyntaxNode, walk } from "../syntax.ts";
import { type Fix, type Fixer, insert, replace, type Site, textOf } from "./site.ts";

/** What mends loads and stores. */
export const memoryFixes: Readonly<Record<string, Fixer | undefined>> = {
  unguarded: addMask,
  "no-member": useLoad,
  "other-without-mask": dropOther,
  unsupported: useStore,
};

/** Where one offset of the access has a name and one i32 parameter is a size, they make the mask. */
function addMask(site: Site): readonly Fix[] {
  const call = (site.nodes as AnyNode[]).find((node) => node.type === "CallExpression");
  const place = call?.type === "CallExpression" ? call.arguments[0] : undefined;
  if (call?.type !== "CallExpression" || place === undefined) return [];
  const offset = namedOffset(site, place);
  const size = sizeParameter(site);
  if (offset === undefined || size === undefined) return [];
  const given = isIdentifier(call.callee) && call.callee.name === "load" ? 1 : 2;
  if (call.arguments.length !== given) return [];
  const mask = `${offset} < ${size}`;
  return [insert(site, `add the mask ${mask}`, lastArgument(call).end, `, ${mask}`)];
}

function lastArgument(call: CallExpression): SyntaxNode {
  return call.arguments.at(-1) ?? call.callee;
}

/** The one name in `x + offsets` that is a tile of one axis and grows with the program or a loop. */
function namedOffset({ run }: Site, place: SyntaxNode): string | undefined {
  const names = new Set<string>();
  walk(place, (node) => {
    const value = run.seen.get(node);
    if (isIdentifier(node) && value?.kind === "tile" && value.type.shape.length === 1) names.add(node.name);
    return true;
  });
  const [only, ...more] = names;
  return more.length === 0 ? only : undefined;
}

const sizeNames: readonly string[] = ["n", "N", "size", "length", "count", "numel", "n_elements", "total"];

function sizeParameter({ run }: Site): string | undefined {
  const params = run.node === undefined ? [] : paramsOf(run.node);
  const whole = params.filter(({ type }) => type === "i32").map(({ name }) => name);
  return whole.length === 1 ? whole[0] : whole.find((name) => sizeNames.includes(name));
}

function paramsOf(kernel: SyntaxNode): readonly { readonly name: string; readonly type: string }[] {
  const { params } = kernel as AnyNode & { readonly params: readonly SyntaxNode[] };
  return params.flatMap((param) => {
    const outer = nodeField(param, "typeAnnotation");
    const inner = outer && nodeField(outer, "typeAnnotation");
    const name = inner && nodeField(inner, "typeName");
    if (!isIdentifier(param) || name === undefined || !isIdentifier(name)) return [];
    return [{ name: param.name, type: name.name }];
  });
}

/** `x[i]` of a pointer is `load(x + i)`. */
function useLoad(site: Site): readonly Fix[] {
  const [node] = site.nodes as AnyNode[];
  if (node?.type !== "MemberExpression" || !node.computed) return [];
  if (site.run.seen.get(plain(node.object))?.kind !== "pointer") return [];
  const where = `${textOf(site, node.object)} + ${textOf(site, node.property)}`;
  return [replace(site, `write load(${where})`, node, `load(${where})`)];
}

function dropOther(site: Site): readonly Fix[] {
  const call = (site.around as AnyNode[]).findLast((node) => node.type === "CallExpression");
  const first = call?.type === "CallExpression" ? call.arguments[0] : undefined;
  const [node] = site.nodes;
  if (first === undefined || node === undefined) return [];
  const span = { source: site.source, start: first.end, end: node.end };
  return [{ title: "leave out `other`: without a mask everything is read", edits: [{ span, text: "" }] }];
}

/** `x[i] = v` to a pointer is `store(x + i, v)`. */
function useStore(site: Site): readonly Fix[] {
  const whole = (site.around as AnyNode[]).findLast((node) => node.type === "AssignmentExpression");
  const left =
    whole?.type === "AssignmentExpression" && whole.operator === "=" ? plain(whole.left) : undefined;
  if (whole?.type !== "AssignmentExpression" || left?.type !== "MemberExpression" || !left.computed)
    return [];
  const pointers = site.run.node === undefined ? [] : paramsOf(site.run.node);
  const object = textOf(site, left.object);
  if (!pointers.some(({ name, type }) => name === object && type === "Ptr")) return [];
  const place = isZero(site, left.property) ? object : `${object} + ${textOf(site, left.property)}`;
  const text = `store(${place}, ${textOf(site, whole.right)})`;
  return [replace(site, `write ${text}`, whole, text)];
}

function isZero(site: Site, node: SyntaxNode): boolean {
  return textOf(site, node) === "0";
}
