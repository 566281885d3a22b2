import type { StateCreator } from "zustand/vanilla";
import { type Theme, keepTheme, keptTheme } from "./theme.ts";
import type { AppState } from "./app.ts";
import { keptAutoTune } from "./auto-tune.ts";

export type Dialog = "palette" | "shortcuts" | "share";
export type Panel = "kernel" | "step" | "tuner" | "device" | "room" | "contents";
/** command: keys act on cells. edit: keys go into the text of the selected cell. */
export type Mode = "command" | "edit";

/** A short message with at most one thing to do about it. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: "plain" | "bad";
  readonly action?: { readonly label: string; readonly run: () => void };
}

/** What the person looks at: nothing of this belongs to the document. */
export interface ViewSlice {
  readonly selected: string | undefined;
  readonly mode: Mode;
  readonly panel: Panel | undefined;
  readonly dialog: Dialog | undefined;
  readonly theme: Theme;
  /** Dear kernels are tuned by themselves. */
  readonly autoTune: boolean;
  readonly toasts: readonly Toast[];
  readonly select: (cell: string | undefined, mode?: Mode) => void;
  readonly openPanel: (panel: Panel | undefined) => void;
  readonly openDialog: (dialog: Dialog | undefined) => void;
  readonly setTheme: (theme: Theme) => void;
  readonly say: (text: string, more?: Partial<Pick<Toast, "tone" | "action">>) => void;
  readonly dismiss: (toast: number) => void;
}

let lastToast = 0;

export const viewSlice: StateCreator<AppState, [], [], ViewSlice> = (set) => ({
  selected: undefined,
  mode: "command",
  panel: undefined,
  dialog: undefined,
  theme: keptTheme(),
  autoTune: keptAutoTune(),
  toasts: [],
  select: (selected, mode = "command") => set({ selected, mode }),
  openPanel: (panel) => set({ panel }),
  openDialog: (dialog) => set({ dialog }),
  setTheme: (theme) => {
    keepTheme(theme);
    set({ theme });
  },
  say: (text, more = {}) =>
    set(({ toasts }) => ({
      toasts: [...toasts.slice(-2), { id: (lastToast += 1), text, tone: "plain", ...more }],
    })),
  dismiss: (id) => set(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) })),
});
