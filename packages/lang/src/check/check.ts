import type { FaultData, Span } from "@tilebook/base";
import { showType } from "@tilebook/ir";
import type { CellAnalysis, KernelSite } from "../cell.ts";
import { isIdentifier, nameEnd } from "../syntax.ts";
import { describe } from "../tile/value.ts";
import { examine, type Examined } from "./examine.ts";
import { fixesOf } from "./fixes.ts";
import { hiddenCode } from "./hidden-code.ts";
import { notesOf } from "./notes.ts";
import { guesses, unknownNames } from "./guess.ts";
import type { Fix } from "./site.ts";
import { warningsOf } from "./warnings.ts";

export interface KernelCheck {
  readonly source: string;
  readonly text: string;
  readonly analysis: Pick<CellAnalysis, "kernels">;
  /** Values of names that are known without running anything. */
  readonly constants: Readonly<Record<string, unknown>>;
  /** Names that some cell defines. When given, a name that is neither here nor in `constants` is a mistake. */
  readonly defined?: ReadonlySet<string> | undefined;
}

/** One thing that is wrong, or may be, with a kernel, and what would mend it; or what it says of itself. */
export interface Diagnostic {
  readonly fault: FaultData;
  readonly severity: "error" | "warning" | "note";
  /** The likeliest first. */
  readonly fixes: readonly Fix[];
}

/** What a name declared in a kernel is: "f32[16, 64]", "i32", "a pointer to f32", "the number 3". */
export interface TypeHint {
  readonly name: string;
  /** The name, where it is declared. */
  readonly span: Span;
  readonly type: string;
}

/** One kernel and what was found out about it; with unknown names, once for each guess at their values. */
export interface Checked {
  readonly site: KernelSite;
  readonly runs: readonly Examined[];
  /** Names whose values are guessed. */
  readonly guessed: readonly string[];
}

/**
 * For the editor: what is wrong with the kernels of a cell, in the text's order. Errors make a kernel impossible; warnings
 * are places that may read or write where they should not; notes are what staticPrint says. With names whose values only a run tells, what is reported is
 * what is wrong whatever they are.
 */
export function checkKernels(check: KernelCheck): readonly Diagnostic[] {
  return examineKernels(check)
    .flatMap(({ runs, site }) => {
      const [first] = runs;
      if (first === undefined) return [];
      const errors = common(runs, ({ faults }) => faults);
      const warnings = common(runs, ({ kernel }) => (kernel === undefined ? [] : warningsOf(kernel)));
      const found = (severity: Diagnostic["severity"]) => (fault: FaultData) => ({
        fault,
        severity,
        fixes: fixesOf(fault, { ...check, run: first }),
      });
      const notes = notesOf(runs);
      const hidden = hiddenCode(check, site);
      return [
        ...errors.map(found("error")),
        ...[...hidden, ...warnings].map(found("warning")),
        ...notes.map(found("note")),
      ];
    })
    .toSorted((a, b) => (a.fault.span?.start ?? 0) - (b.fault.span?.start ?? 0));
}

/** For the editor: what would mend a fault of a run, when it stands in one of the cell's kernels. */
export function kernelFixes(check: KernelCheck, fault: FaultData): readonly Fix[] {
  const { start = -1, source } = fault.span ?? {};
  if (source !== check.source) return [];
  const around = examineKernels(check).find(({ site: { span } }) => span.start <= start && start < span.end);
  const run = around?.runs[0];
  return run === undefined ? [] : fixesOf(fault, { ...check, run });
}

/** For the editor: the types of names in those kernels, also when there is a fault further on. */
export function kernelTypes(check: KernelCheck): TypeHint[] {
  const { source, text } = check;
  return examineKernels(check).flatMap(({ runs: [run] }) =>
    [...(run?.declared ?? [])].flatMap(([node, value]) => {
      if (!isIdentifier(node) || value.kind === "helper") return [];
      const span = { source, start: node.start, end: nameEnd(node, text) };
      const type = value.kind === "tile" ? showType(value.type) : describe(value);
      return [{ name: node.name, span, type }];
    }),
  );
}

/** Every kernel of the cell, looked at. */
export function examineKernels({ source, text, analysis, constants, defined }: KernelCheck): Checked[] {
  return analysis.kernels.map((site) => {
    const { captured, params } = unknownNames(site, constants);
    const missing = captured.filter((name) => defined === undefined || defined.has(name));
    const guessed = [...missing, ...params];
    const tries = guessed.length === 0 ? [{}] : guesses(text, guessed);
    const runs = tries.map((values) =>
      examine({
        source,
        text,
        kernel: site.id,
        captured: { ...values, ...constants },
        constants: values,
      }),
    );
    return { site, runs, guessed };
  });
}

/** What every run says about the same place. */
function common(
  runs: readonly Examined[],
  pick: (run: Examined) => readonly FaultData[],
): readonly FaultData[] {
  const [first = [], ...others] = runs.map(pick);
  const sets = others.map((faults) => new Set(faults.map(keyOf)));
  const met = new Set<string>();
  return first.filter((fault) => {
    const own = keyOf(fault);
    const fresh = !met.has(own);
    met.add(own);
    return fresh && sets.every((set) => set.has(own));
  });
}

function keyOf({ code, span }: FaultData): string {
  return `${code} ${span?.start} ${span?.end}`;
}
