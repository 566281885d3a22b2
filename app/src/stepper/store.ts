import type { FaultData } from "@tilebook/base";
import type { KernelReport } from "@tilebook/notebook";
import type { StepFinding, StepFindings, StepOpening, StepTile, StepView } from "@tilebook/sandbox";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";

/** What one looks at from near: a value of the program, or a buffer. */
export interface Enlarged {
  readonly kind: "tile" | "buffer";
  readonly value: number;
}

/** A kept launch, and where one is in it. */
export interface OpenSession {
  readonly kind: "open";
  readonly report: KernelReport;
  readonly opening: StepOpening;
  /** The texts its lines come from, as they were when it was opened. */
  readonly texts: Readonly<Record<string, string>>;
  readonly view: StepView | undefined;
  readonly enlarged: Enlarged | undefined;
  /** The elements of what is enlarged, as of `view`. */
  readonly tile: StepTile | undefined;
  readonly findings: StepFindings | undefined;
  /** The finding that one has gone to. */
  readonly finding: StepFinding | undefined;
  /** The element of a buffer that one asked about. */
  readonly asked: { readonly value: number; readonly element: number } | undefined;
  /** Said in one line: what came of the last request that found nothing or failed. */
  readonly note: string | undefined;
  /** Something takes longer than a moment, and can be stopped; programs done, where all are run. */
  readonly busy: { readonly done: number; readonly total: number } | "going" | undefined;
}

export type StepperState =
  | { readonly kind: "none" }
  | { readonly kind: "opening"; readonly report: KernelReport; readonly launch: number }
  | { readonly kind: "refused"; readonly report: KernelReport; readonly fault: FaultData }
  | OpenSession;

export const stepper: StoreApi<StepperState> = createStore<StepperState>()((): StepperState => ({
  kind: "none",
}));

export function useStepper<T>(select: (state: StepperState) => T): T {
  return useStore(stepper, select);
}

/** The session that is open, if one is. */
export function openSession(): OpenSession | undefined {
  const state = stepper.getState();
  return state.kind === "open" ? state : undefined;
}

/** Changes the session that is open; one that was replaced meanwhile is left alone. */
export function changeSession(number: number, change: Partial<OpenSession>): void {
  const state = openSession();
  if (state?.opening.session === number) stepper.setState({ ...state, ...change }, true);
}
