import { Fault, type FaultData, faultData } from "@tilebook/base";
import { compileKernel, portableTarget } from "@tilebook/compiler";
import { runTileKernel } from "@tilebook/interp";
import { describe, expect, test } from "vitest";
import { analyzeCell } from "../analyze.ts";
import { knownConstants } from "../constants.ts";
import { applyEdits } from "../edits.ts";
import { type WrongKernel, wrongKernels } from "../testing/wrong-kernels.ts";
import { lowerKernel } from "../tile/lower.ts";
import { checkKernels, type Diagnostic, type KernelCheck } from "./check.ts";

function checkOf(text: string): KernelCheck & { readonly faults: readonly FaultData[] } {
  const analysis = analyzeCell({ id: "cell", text }, { globals: new Set(["kernel"]) });
  const defined = new Set(analysis.defines.map(({ name }) => name));
  const constants = knownConstants([{ id: "cell", text }]);
  return { source: "cell", text, analysis, constants, defined, faults: analysis.faults };
}

/** What anybody has against the cell: the analysis, the checker, the compiler, the interpreter. */
function errorsOf(wrong: WrongKernel): readonly FaultData[] {
  const check = checkOf(wrong.text);
  const found = [...check.faults, ...errorsIn(check).map(({ fault }) => fault)];
  if (found.length > 0) return found;
  try {
    const { constants } = check;
    const kernel = lowerKernel({ source: "cell", text: wrong.text, kernel: "k0", captured: constants });
    expect(compileKernel(kernel, portableTarget).wgsl).not.toBe("");
    const { grid, args } = wrong.launch ?? { grid: [1, 1, 1], args: [] };
    const values = args.map((arg) => (typeof arg === "number" ? arg : new Float64Array(arg.elements)));
    let asked = 0;
    runTileKernel(kernel, grid, values, { races: true, stop: () => ++asked > 50 });
    return [];
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return [faultData(error)];
  }
}

function errorsIn(check: KernelCheck): readonly Diagnostic[] {
  return checkKernels(check).filter(({ severity }) => severity === "error");
}

function lineOf(text: string, place: number): number {
  return text.slice(0, place).split("\n").length;
}

function mended(text: string, { edits }: Diagnostic["fixes"][number]): string {
  return applyEdits(
    text,
    edits.map(({ span, text: inserted }) => ({ at: span.start, removed: span.end - span.start, inserted })),
  );
}

describe("wrong kernels", () => {
  test("[D1] there are enough of them, each with a title of its own", () => {
    expect(wrongKernels.length).toBeGreaterThanOrEqual(60);
    expect(new Set(wrongKernels.map(({ title }) => title)).size).toBe(wrongKernels.length);
  });

  test.each(wrongKernels)("[D2] $title: $code, once, on its line", (wrong) => {
    const { text, code } = wrong;
    const errors = errorsOf(wrong);
    expect(errors.map((fault) => fault.code)).toEqual([code]);
    const [fault] = errors;
    expect(fault?.message).not.toMatch(/wgsl|shader|TypeError|undefined is not/i);
    if (!text.includes("//!")) return;
    expect(fault?.span?.source).toBe("cell");
    expect(lineOf(text, fault?.span?.start ?? 0)).toBe(lineOf(text, text.indexOf("//!")));
  });

  test.each(wrongKernels.filter(({ fix }) => fix !== undefined))(
    "[D3] $title: $fix",
    ({ text, fix = "" }) => {
      const [error] = errorsIn(checkOf(text));
      const found = error?.fixes.find(({ title }) => title.startsWith(fix));
      expect(error?.fixes.map(({ title }) => title)).toContain(found?.title);
      if (found === undefined) return;
      const after = checkOf(mended(text, found));
      expect([...after.faults, ...errorsIn(after).map(({ fault }) => fault)]).toEqual([]);
      const { constants } = after;
      lowerKernel({ source: "cell", text: after.text, kernel: "k0", captured: constants });
    },
  );
});
