import type { AnyNode } from "acorn";
import { isIdentifier, type SyntaxNode, walk } from "../syntax.ts";
import { type Fix, type Fixer, insert, replace, type Site, textOf } from "./site.ts";

/** What mends names and types of parameters. */
export const nameFixes: Readonly<Record<string, Fixer | undefined>> = {
  "unknown-name": rename,
  "not-a-function": rename,
  arguments: placed,
  parameter: typed,
};

function rename(site: Site): readonly Fix[] {
  const [node] = site.nodes;
  const near = /did you mean ([\w.$]+)\?/.exec(site.fault.hint ?? "")?.[1];
  if (near !== undefined && node !== undefined) return [replace(site, `write ${near}`, node, near)];
  const member = (site.around as AnyNode[]).at(-1);
  if (member?.type === "AssignmentExpression" && site.fault.hint?.startsWith("declare it") === true) {
    return [insert(site, "declare it with let", member.start, "let ")];
  }
  if (node === undefined || member?.type !== "MemberExpression") return [];
  return textOf(site, node) === "console" ? [replace(site, "use print", member, "print")] : [];
}

/** `load(x, mask=inside)`: all that is given by name is given by its place. */
function placed(site: Site): readonly Fix[] {
  const call = (site.around as AnyNode[]).at(-1);
  const [node] = site.nodes as AnyNode[];
  if (call?.type !== "CallExpression" || node?.type !== "AssignmentExpression") return [];
  const edits = (call.arguments as AnyNode[]).flatMap((item) =>
    item.type === "AssignmentExpression" && item.operator === "="
      ? [{ span: { source: site.source, start: item.start, end: item.right.start }, text: "" }]
      : [],
  );
  return [{ title: "write the values by their places", edits }];
}

/** A parameter without a type, or with one of TypeScript's. */
function typed(site: Site): readonly Fix[] {
  const [node] = site.nodes;
  if (node === undefined) return [];
  const dtype = dtypeFix(site, node);
  if (dtype !== undefined) return [dtype];
  const swap = swaps[node.type];
  if (swap !== undefined) return swap.map((type) => replace(site, `use ${type}`, node, type));
  if (!isIdentifier(node)) return [];
  const types = isPlace(site, node.name) ? ["Ptr", "i32", "f32"] : ["i32", "Ptr", "f32"];
  return types.map((type) => insert(site, `write ${node.name}: ${type}`, node.end, `: ${type}`));
}

/** What NumPy, PyTorch and Triton call our dtypes. */
const dtypeNames: Readonly<Record<string, string | undefined>> = {
  float32: "f32",
  float16: "f16",
  half: "f16",
  float: "f32",
  int32: "i32",
  int: "i32",
  uint32: "u32",
  int8: "i8",
  uint8: "u8",
  boolean: "bool",
};

export function dtypeFix(site: Site, node: SyntaxNode): Fix | undefined {
  const said = /^(["'])(?:tl\.)?(\w+)\1$/.exec(textOf(site, node))?.[2];
  const ours = said === undefined ? undefined : dtypeNames[said];
  return ours === undefined ? undefined : replace(site, `write "${ours}"`, node, `"${ours}"`);
}

const swaps: Readonly<Record<string, readonly string[] | undefined>> = {
  TSNumberKeyword: ["i32", "f32"],
  TSBooleanKeyword: ["bool"],
};

/** Whether the kernel loads from or stores to something that begins with this name. */
function isPlace({ run, text }: Site, name: string): boolean {
  let found = false;
  if (run.node === undefined) return false;
  walk(run.node, (syntax: SyntaxNode) => {
    const node = syntax as AnyNode;
    const [first] = node.type === "CallExpression" ? node.arguments : [];
    const called = node.type === "CallExpression" && isIdentifier(node.callee) ? node.callee.name : "";
    if (first !== undefined && /^(load|store|view|atomic\w*)$/.test(called)) {
      const names: readonly string[] = text.slice(first.start, first.end).match(/[\w$]+/g) ?? [];
      found ||= names[0] === name;
    }
    return !found;
  });
  return found;
}
