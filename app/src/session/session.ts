import { app, effects } from "../state/app.ts";
import { showTheme } from "../state/theme.ts";
import { openAddress } from "./documents.ts";
import { performOnMachine } from "./machine.ts";
import { documentChanged, saveOnLeave } from "./save.ts";
import { followTuning } from "./tuning.ts";

/** Ties the notebook to the machine that runs it and to the place where it is kept. Called once, when the page starts. */
export function startSession(): void {
  effects.on("effect", (effect) => {
    if (effect.type === "save") documentChanged();
    else performOnMachine(effect);
  });
  showTheme(app.getState().theme);
  app.subscribe((state, before) => {
    if (state.theme !== before.theme) showTheme(state.theme);
    if (state.notebook.title !== before.notebook.title || state.page !== before.page) nameWindow();
  });
  saveOnLeave();
  followTuning();
  window.addEventListener("hashchange", () => void openAddress());
  void openAddress();
}

function nameWindow(): void {
  const { page, notebook } = app.getState();
  document.title = page.kind === "notebook" ? `${notebook.title} · Tilebook` : "Tilebook";
}
