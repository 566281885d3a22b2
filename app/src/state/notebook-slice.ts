import {
  type Document,
  type Effect,
  type Notebook,
  type Op,
  parse,
  print,
  toDocument,
} from "@tilebook/notebook";
import type { StateCreator } from "zustand/vanilla";
import type { AppState } from "./app.ts";
import { withKernelNames } from "./kernel-names.ts";
import { notebooks } from "./notebooks.ts";

export interface NotebookSlice {
  readonly notebook: Notebook;
  /** The file as it was opened: what nobody touches keeps its very characters. */
  readonly source: Document;
  /** The only way the notebook changes. */
  readonly send: (op: Op) => void;
}

export function notebookSlice(
  perform: (effect: Effect) => void,
): StateCreator<AppState, [], [], NotebookSlice> {
  return (set, get) => ({
    ...stateOf(""),
    send: (op) => {
      const [notebook, effects] = notebooks.apply(get().notebook, op);
      set({ notebook });
      effects.forEach(perform);
    },
  });
}

/** The state of a notebook that was just opened. */
export function stateOf(text: string): Pick<NotebookSlice, "notebook" | "source"> {
  const source = parse(text);
  return { source, notebook: notebooks.open(withKernelNames(source)) };
}

/** The text of the file, as it is now. */
export function textOf({ notebook, source }: Pick<NotebookSlice, "notebook" | "source">): string {
  return print(toDocument(notebook, source));
}
