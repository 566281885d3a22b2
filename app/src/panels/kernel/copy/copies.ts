import { type FaultData, faultData } from "@tilebook/base";
import type { KernelReport } from "@tilebook/notebook";
import type { ProbeResult, VariantResult } from "@tilebook/sandbox";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import { probeNextRun } from "../../../session/machine.ts";
import { runCell, whenRun } from "../../../session/run.ts";
import { app } from "../../../state/app.ts";

/** What came of running a copy beside its kernel. `text` is the one that ran. */
export type Trial =
  | { readonly kind: "running"; readonly text: string }
  | { readonly kind: "compared"; readonly text: string; readonly result: VariantResult }
  | { readonly kind: "refused"; readonly text: string; readonly fault: FaultData };

/** A kernel's WGSL as the person changed it. */
export interface Copy {
  readonly cell: string;
  /** The kernel it belongs to, by key and by name. */
  readonly kernel: string;
  readonly name: string;
  readonly text: string;
  readonly trial?: Trial;
}

/** By the key of the kernel. They stay until the page is left: what was written must not be lost with the panel. */
type Copies = Readonly<Record<string, Copy>>;

const copies: StoreApi<Copies> = createStore<Copies>()(() => ({}));

export function useCopy(kernel: string): Copy | undefined {
  return useStore(copies, (all) => all[kernel]);
}

/** The last copy of this kernel as it was before its source changed. */
export function useEarlierCopy({ cell, name, key }: KernelReport): Copy | undefined {
  return useStore(copies, (all) =>
    Object.values(all).findLast((copy) => copy.cell === cell && copy.name === name && copy.kernel !== key),
  );
}

export function makeCopy({ cell, key, name }: KernelReport, text: string): void {
  copies.setState({ [key]: { cell, kernel: key, name, text } });
}

export function dropCopy(kernel: string): void {
  copies.setState(
    Object.fromEntries(Object.entries(copies.getState()).filter(([key]) => key !== kernel)),
    true,
  );
}

/** Takes it away, with a way back. */
export function discardCopy(copy: Copy): void {
  dropCopy(copy.kernel);
  app.getState().say("Your copy of the WGSL is discarded.", {
    action: { label: "Undo", run: () => copies.setState({ [copy.kernel]: copy }) },
  });
}

export function writeCopy(kernel: string, text: string): void {
  change(kernel, (copy) => ({ ...copy, text }));
}

function change(kernel: string, by: (copy: Copy) => Copy): void {
  const copy = copies.getState()[kernel];
  if (copy !== undefined) copies.setState({ [kernel]: by(copy) });
}

/** Runs the cell again, and the copy beside its kernel on what this launch gets. */
export function runCopy({ cell, key }: KernelReport, launch: number): void {
  const text = copies.getState()[key]?.text;
  if (text === undefined || copies.getState()[key]?.trial?.kind === "running") return;
  const running: Trial = { kind: "running", text };
  const end = (trial: Trial): void =>
    change(key, (copy) => (copy.trial === running ? { ...copy, trial } : copy));
  change(key, (copy) => ({ ...copy, trial: running }));
  probeNextRun(cell, { kind: "variant", kernel: key, launch, wgsl: text }, (result) =>
    end(trialOf(text, result)),
  );
  runCell(cell);
  whenRun(cell, () => {
    const message = "the cell did not run: what it needs is missing or failed";
    end({ kind: "refused", text, fault: { code: "probe/not-run", message } });
  });
}

function trialOf(text: string, result: ProbeResult): Trial {
  switch (result.kind) {
    case "variant":
      return { kind: "compared", text, result };
    case "refused":
      return { kind: "refused", text, fault: result.fault };
    case "step":
    case "profiled":
      return {
        kind: "refused",
        text,
        fault: faultData(new Error("something else was asked for at the same time")),
      };
  }
}
