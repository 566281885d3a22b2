import { positionAt } from "@tilebook/base";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";

/** A line (1-based) of a text that kernels are made from. */
export interface SourceLine {
  readonly source: string;
  readonly line: number;
}

/** What the kernel panel wants to see in the text of a cell. */
export interface ShownSource {
  readonly source: string;
  /** The text that ran. An editor that has another one shows nothing. */
  readonly text: string;
  /** The colour of each line that became something. */
  readonly hues: ReadonlyMap<number, number>;
  /** Lines that belong to what is pointed at. */
  readonly marks: readonly number[];
}

/** What the kernel panel and the editors tell each other. Neither knows the other. */
export interface InspectorState {
  /** Each text that the kernel looked at comes from. */
  readonly shown: readonly ShownSource[];
  /** Under the pointer, in an editor. */
  readonly hovered: SourceLine | undefined;
  /** Where the person put the caret last. */
  readonly caret: SourceLine | undefined;
}

export const inspector: StoreApi<InspectorState> = createStore<InspectorState>()(() => ({
  shown: [],
  hovered: undefined,
  caret: undefined,
}));

/** The person put the caret there. Nobody is told about texts that are not shown as they are. */
export function putCaret(source: string, text: string, offset: number): void {
  if (!inspector.getState().shown.some((one) => one.source === source && one.text === text)) return;
  inspector.setState({ caret: { source, line: positionAt(text, offset).line } });
}

export function useInspector<T>(select: (state: InspectorState) => T): T {
  return useStore(inspector, select);
}
