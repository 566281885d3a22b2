import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";

export type Side = "left" | "right";

/** How the panel is set. It stays so for the next kernel, and when the panel is closed and opened again. */
interface ViewState {
  /** The stage on each side, by its name. Absent: the source, and the WGSL. */
  readonly left?: string;
  readonly right?: string;
  /** Two texts. Absent: where there is room for them. */
  readonly two?: boolean;
  /** Lines that the right text changed in the left one are marked. */
  readonly comparing: boolean;
  /** How fast the kernel is, in place of its texts. */
  readonly profile?: boolean;
}

export const kernelView: StoreApi<ViewState> = createStore<ViewState>()(() => ({ comparing: false }));

export function useKernelView<T>(select: (state: ViewState) => T): T {
  return useStore(kernelView, select);
}
