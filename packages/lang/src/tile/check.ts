import { type FaultData, faultData, type Span } from "@tilebook/base";
import { showType } from "@tilebook/ir";
import type { CellAnalysis } from "../cell.ts";
import { isIdentifier, nameEnd, type SyntaxNode } from "../syntax.ts";
import { lowerNoting } from "./lower.ts";
import { describe, type Value } from "./value.ts";

export interface KernelCheck {
  readonly source: string;
  readonly text: string;
  readonly analysis: Pick<CellAnalysis, "kernels">;
  /** Values of names that are known without running anything. */
  readonly constants: Readonly<Record<string, unknown>>;
}

/** What a name declared in a kernel is: "f32[16, 64]", "i32", "a pointer to f32", "the number 3". */
export interface TypeHint {
  readonly name: string;
  /** The name, where it is declared. */
  readonly span: Span;
  readonly type: string;
}

/** For the editor: what is wrong with the kernels whose captured names are all known, one fault a kernel. */
export function checkKernels(check: KernelCheck): FaultData[] {
  return lowerAll(check).flatMap(({ fault }) => (fault === undefined ? [] : [fault]));
}

/** For the editor: the types of names in those kernels, up to the first fault of each. */
export function kernelTypes(check: KernelCheck): TypeHint[] {
  const { source, text } = check;
  return lowerAll(check).flatMap(({ declared }) =>
    [...declared].flatMap(([node, value]) => {
      if (!isIdentifier(node) || value.kind === "helper") return [];
      const span = { source, start: node.start, end: nameEnd(node, text) };
      return [
        { name: node.name, span, type: value.kind === "tile" ? showType(value.type) : describe(value) },
      ];
    }),
  );
}

interface Outcome {
  readonly fault: FaultData | undefined;
  readonly declared: ReadonlyMap<SyntaxNode, Value>;
}

function lowerAll({ source, text, analysis, constants }: KernelCheck): Outcome[] {
  const known = analysis.kernels.filter(({ captures }) =>
    captures.every((name) => Object.hasOwn(constants, name)),
  );
  return known.map(({ id }) => {
    const declared = new Map<SyntaxNode, Value>();
    try {
      lowerNoting({ source, text, kernel: id, captured: constants }, declared);
      return { fault: undefined, declared };
    } catch (error) {
      return { fault: faultData(error), declared };
    }
  });
}
