import { Emitter } from "@tilebook/base";
import type { Effect } from "@tilebook/notebook";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import { documentSlice, type DocumentSlice } from "./document-slice.ts";
import { machineSlice, type MachineSlice } from "./machine-slice.ts";
import { notebookSlice, type NotebookSlice } from "./notebook-slice.ts";
import { viewSlice, type ViewSlice } from "./view-slice.ts";

export type AppState = NotebookSlice & DocumentSlice & MachineSlice & ViewSlice;

/** What the notebook asks for. The session listens; the store itself touches nothing outside. */
export const effects: Emitter<{ effect: Effect }> = new Emitter();

/** The one store of the page. */
export const app: StoreApi<AppState> = createStore<AppState>()((...tools) => ({
  ...notebookSlice((effect) => effects.emit("effect", effect))(...tools),
  ...documentSlice(...tools),
  ...machineSlice(...tools),
  ...viewSlice(...tools),
}));

/** One fact of the store, in a component. */
export function useApp<T>(select: (state: AppState) => T): T {
  return useStore(app, select);
}
