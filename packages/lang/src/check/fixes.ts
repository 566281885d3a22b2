import type { FaultData, Span } from "@tilebook/base";
import { parseCell } from "../parse.ts";
import { type SyntaxNode, walk } from "../syntax.ts";
import { memoryFixes } from "./fix-memory.ts";
import { nameFixes } from "./fix-names.ts";
import { valueFixes } from "./fix-values.ts";
import type { Fix, Fixer, Site } from "./site.ts";

const fixers: readonly Readonly<Record<string, Fixer | undefined>>[] = [valueFixes, memoryFixes, nameFixes];

/** The ways to mend a fault, the likeliest first. */
export function fixesOf(
  fault: FaultData,
  { source, text, run }: Pick<Site, "source" | "text" | "run">,
): readonly Fix[] {
  const { span, code } = fault;
  if (span === undefined || span.source !== source || !code.startsWith("kernel/")) return [];
  const site: Site = { fault, source, text, run, ...placeOf(source, text, span) };
  return fixers.flatMap((table) => table[code.slice("kernel/".length)]?.(site) ?? []);
}

function placeOf(source: string, text: string, span: Span): Pick<Site, "nodes" | "around"> {
  const nodes: SyntaxNode[] = [];
  const around: SyntaxNode[] = [];
  walk(parseCell(source, text), (node) => {
    if (node.start > span.start || node.end < span.end) return false;
    const same = node.start === span.start && node.end === span.end;
    (same ? nodes : around).push(node);
    return true;
  });
  return { nodes, around };
}
