import type { FaultData } from "@tilebook/base";
import type { StateCreator } from "zustand/vanilla";
import type { AppState } from "./app.ts";

/**
 * Where the open notebook comes from. Only "own" notebooks are kept on this device; the others become an own copy
 * with the first edit, so that opening a link or a gallery notebook never writes over anything.
 */
export type Origin =
  | { readonly kind: "own"; readonly id: string }
  | { readonly kind: "gallery"; readonly name: string }
  | { readonly kind: "link" }
  | { readonly kind: "file"; readonly name: string }
  | { readonly kind: "automation" };

/**
 * none     nothing to keep: not edited yet
 * saving   edited; not yet on disk
 * saved    the storage's transaction is complete
 * failed   the storage refused; the text is only in this tab
 */
export type Saving =
  | { readonly kind: "none" }
  | { readonly kind: "saving" }
  | { readonly kind: "saved"; readonly at: Date }
  | { readonly kind: "failed"; readonly fault: FaultData };

export type Page =
  | { readonly kind: "opening" }
  | { readonly kind: "home" }
  | { readonly kind: "notebook" }
  | { readonly kind: "failed"; readonly fault: FaultData };

export interface DocumentSlice {
  readonly page: Page;
  readonly origin: Origin;
  readonly saving: Saving;
  /** Another tab has this notebook open for writing. */
  readonly readOnly: boolean;
  /** The person chose "Read" in the trust bar, or there was nothing to ask. */
  readonly trustAnswered: boolean;
  readonly answerTrust: () => void;
}

export const documentSlice: StateCreator<AppState, [], [], DocumentSlice> = (set) => ({
  page: { kind: "opening" },
  origin: { kind: "automation" },
  saving: { kind: "none" },
  readOnly: false,
  trustAnswered: false,
  answerTrust: () => set({ trustAnswered: true }),
});
