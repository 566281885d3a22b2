import { Fault } from "@tilebook/base";
import type { Program, Property } from "acorn";
import type { CellText } from "./analyze.ts";
import { resolveNames } from "./names.ts";
import { parseCell } from "./parse.ts";
import { isIdentifier, nameEnd, walk } from "./syntax.ts";

/**
 * The text of a cell that says `to` where it said `from`, a name that another cell gives. Local names and members of the
 * same spelling stay. Fault `rename/taken` when the cell has a `to` of its own, and those of a text that cannot be read.
 */
export function renameUse({ id, text }: CellText, from: string, to: string): string {
  const program = parseCell(id, text);
  const { bindings, references } = resolveNames(program);
  const uses = references.filter(({ node, binding }) => binding === undefined && node.name === from);
  const taken = bindings.find(({ name }) => name === to);
  if (uses.length > 0 && taken !== undefined) {
    const { node } = taken;
    const span = { source: id, start: node.start, end: isIdentifier(node) ? nameEnd(node, text) : node.end };
    throw new Fault("rename/taken", `${to} is a name of its own there`, {
      span,
      hint: "choose another name",
    });
  }
  const short = shorthands(program);
  let result = "";
  let at = 0;
  for (const { node } of uses) {
    const end = nameEnd(node, text);
    result += text.slice(at, node.start) + (short.has(node.start) ? `${from}: ${to}` : to);
    at = end;
  }
  return result + text.slice(at);
}

/** Where `{ name }` stands for `{ name: name }`. */
function shorthands(program: Program): ReadonlySet<number> {
  const found = new Set<number>();
  walk(program, (node) => {
    if (node.type === "Property" && (node as Property).shorthand) found.add(node.start);
    return true;
  });
  return found;
}
