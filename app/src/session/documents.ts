import { faultData } from "@tilebook/base";
import { app } from "../state/app.ts";
import type { Origin } from "../state/document-slice.ts";
import { stateOf, textOf } from "../state/notebook-slice.ts";
import { fileName, pickFile, saveFile } from "./files.ts";
import { load, type Loaded } from "./load.ts";
import { closeMachine, openMachine } from "./machine.ts";
import { rename, routeOf } from "./route.ts";
import { trust } from "./run.ts";
import { documentChanged, flushSave, hold, letGo, remember } from "./save.ts";

/** Showing notebooks. Opening runs nothing but what ships with Tilebook. */

const fresh = "# Untitled notebook\n\n```ts\n\n```\n";

/** Counts what was asked to be shown: an answer that comes after the next question is dropped. */
let turn = 0;

/** Shows what the address names. A fault becomes a page that says what is wrong and what to do. */
export async function openAddress(): Promise<void> {
  const mine = (turn += 1);
  app.setState({ page: { kind: "opening" } });
  await flushSave();
  letGo();
  try {
    const loaded = await load(routeOf(location.hash));
    if (mine === turn) present(loaded);
  } catch (error) {
    if (mine === turn) app.setState({ page: { kind: "failed", fault: faultData(error) } });
  }
}

function present(loaded: Loaded): void {
  if (loaded.kind === "home") {
    closeMachine();
    return app.setState({ page: { kind: "home" }, panel: undefined });
  }
  const { text, origin, trusted, savedAt, damaged } = loaded;
  show(text, origin);
  if (trusted) trust();
  if (savedAt !== undefined) app.setState({ saving: { kind: "saved", at: savedAt } });
  if (damaged) {
    const what = "The newest version was damaged. This is the last one that is whole.";
    app.getState().say(what, { tone: "bad" });
  }
  if (origin.kind !== "own") return;
  rename(origin);
  remember(origin.id);
  hold(origin.id, () => void openAddress());
}

/** Shows a text as the open notebook, untrusted, with a sandbox of its own. */
export function show(text: string, origin: Origin): void {
  turn += 1;
  app.setState({
    ...stateOf(text),
    page: { kind: "notebook" },
    origin,
    saving: { kind: "none" },
    trustAnswered: false,
    selected: undefined,
    mode: "command",
    dialog: undefined,
  });
  window.scrollTo({ top: 0 });
  openMachine();
}

export function newNotebook(): void {
  openText(fresh, { kind: "file", name: "" }).catch(tell);
}

export function openFile(): void {
  pickFile()
    .then((file) => file && showFile(file))
    .catch(tell);
}

export async function showFile(file: File): Promise<void> {
  await openText(await file.text(), { kind: "file", name: file.name });
}

/** A new own notebook with this text. It is kept at once. */
async function openText(text: string, origin: Origin): Promise<void> {
  await flushSave();
  letGo();
  show(text, origin);
  documentChanged();
}

export function downloadNotebook(): void {
  const state = app.getState();
  saveFile(fileName(state.notebook.title), textOf(state));
}

function tell(error: unknown): void {
  app.getState().say(faultData(error).message, { tone: "bad" });
}
