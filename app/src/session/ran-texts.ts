import type { KernelReport } from "@tilebook/notebook";

/**
 * The texts that kernels were made from. A cell can be edited after its kernels ran: what the compiler says about places is
 * about the text of then.
 */

/** The text of each cell of the open notebook, as it ran last. */
const ran = new Map<string, string>();
const made = new WeakMap<KernelReport, Readonly<Record<string, string>>>();

export function cellRuns(cell: string, text: string): void {
  ran.set(cell, text.replaceAll("\r\n", "\n"));
}

export function kernelRan(report: KernelReport): void {
  const known = report.sources.map((source) => [source, ran.get(source)] as const);
  made.set(
    report,
    Object.fromEntries(known.flatMap(([source, text]) => (text === undefined ? [] : [[source, text]]))),
  );
}

/** By source; texts that nobody can show are not there. */
export function textsOf(report: KernelReport): Readonly<Record<string, string>> {
  return made.get(report) ?? {};
}

/** Another notebook is opened. */
export function forgetTexts(): void {
  ran.clear();
}
