import { runAll, runCell, runStale, stop } from "../session/run.ts";
import { downloadNotebook, newNotebook, openFile } from "../session/documents.ts";
import { goHome } from "../session/route.ts";
import { saveNow } from "../session/save.ts";
import { app } from "../state/app.ts";
import { countStale, isBusy } from "../state/selectors.ts";
import { themes } from "../state/theme.ts";
import {
  convertCell,
  copyCell,
  cutCell,
  deleteCell,
  insertAt,
  insertCell,
  moveCell,
  pasteBelow,
  selectNext,
  toggleHidden,
  undoDelete,
} from "./cell-actions.ts";
import type { Command } from "./command.ts";

/** Does `act` with the selected cell, if there is one. */
function here(act: (cell: string) => void): () => void {
  return () => {
    const { selected } = app.getState();
    if (selected !== undefined) act(selected);
  };
}

/** Runs the cell and goes on to the next one; at the end a new cell is added, as in Jupyter. */
function runAndGoOn(id: string): void {
  runCell(id);
  if (!selectNext(1)) insertAt(app.getState().notebook.cells.length, "ts");
}

function runAndInsert(id: string): void {
  runCell(id);
  insertCell(id, "below");
}

function edit(id: string): void {
  app.getState().select(id, "edit");
}

function selectEnd(place: 0 | -1): void {
  app.getState().select(app.getState().notebook.cells.at(place)?.id);
}

function nextTheme(): void {
  const { theme, setTheme } = app.getState();
  setTheme(themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system");
}

function togglePanel(panel: "kernel" | "device" | "contents"): () => void {
  return () => app.getState().openPanel(app.getState().panel === panel ? undefined : panel);
}

const inNotebook = () => app.getState().page.kind === "notebook";
const canWrite = () => inNotebook() && !app.getState().readOnly;

const running: readonly Command[] = [
  {
    id: "run-go-on",
    title: "Run and go on",
    group: "Run",
    keys: ["Shift+Enter"],
    when: "any",
    ready: inNotebook,
    run: here(runAndGoOn),
  },
  {
    id: "run",
    title: "Run",
    group: "Run",
    keys: ["Mod+Enter"],
    when: "any",
    ready: inNotebook,
    run: here(runCell),
  },
  {
    id: "run-insert",
    title: "Run and insert below",
    group: "Run",
    keys: ["Alt+Enter"],
    when: "any",
    ready: canWrite,
    run: here(runAndInsert),
  },
  {
    id: "run-stale",
    title: "Run stale cells",
    group: "Run",
    keys: ["r"],
    when: "command",
    ready: () => inNotebook() && countStale(app.getState()) > 0,
    run: runStale,
  },
  {
    id: "run-all",
    title: "Run all cells",
    group: "Run",
    keys: ["Mod+Shift+Enter"],
    when: "any",
    ready: inNotebook,
    run: () => void runAll(),
  },
  {
    id: "stop",
    title: "Stop",
    group: "Run",
    keys: ["i i"],
    when: "command",
    ready: () => isBusy(app.getState()),
    run: stop,
  },
];

const cells: readonly Command[] = [
  {
    id: "edit",
    title: "Edit the cell",
    group: "Cells",
    keys: ["Enter"],
    when: "command",
    ready: canWrite,
    run: here(edit),
  },
  {
    id: "insert-above",
    title: "Insert above",
    group: "Cells",
    keys: ["a"],
    when: "command",
    ready: canWrite,
    run: here((id) => insertCell(id, "above")),
  },
  {
    id: "insert-below",
    title: "Insert below",
    group: "Cells",
    keys: ["b"],
    when: "command",
    ready: canWrite,
    run: here((id) => insertCell(id, "below")),
  },
  {
    id: "delete",
    title: "Delete",
    group: "Cells",
    keys: ["d d"],
    when: "command",
    ready: canWrite,
    run: here(deleteCell),
  },
  {
    id: "undo-delete",
    title: "Undo delete",
    group: "Cells",
    keys: ["z"],
    when: "command",
    ready: canWrite,
    run: undoDelete,
  },
  {
    id: "cut",
    title: "Cut",
    group: "Cells",
    keys: ["x"],
    when: "command",
    ready: canWrite,
    run: here(cutCell),
  },
  {
    id: "copy",
    title: "Copy",
    group: "Cells",
    keys: ["c"],
    when: "command",
    ready: inNotebook,
    run: here(copyCell),
  },
  {
    id: "paste",
    title: "Paste below",
    group: "Cells",
    keys: ["v"],
    when: "command",
    ready: canWrite,
    run: here(pasteBelow),
  },
  {
    id: "to-text",
    title: "Change to text",
    group: "Cells",
    keys: ["m"],
    when: "command",
    ready: canWrite,
    run: here((id) => convertCell(id, "prose")),
  },
  {
    id: "to-code",
    title: "Change to code",
    group: "Cells",
    keys: ["y"],
    when: "command",
    ready: canWrite,
    run: here((id) => convertCell(id, "ts")),
  },
  {
    id: "to-wgsl",
    title: "Change to WGSL",
    group: "Cells",
    keys: [],
    when: "command",
    ready: canWrite,
    run: here((id) => convertCell(id, "wgsl")),
  },
  {
    id: "hide",
    title: "Hide or show code",
    group: "Cells",
    keys: ["h"],
    when: "command",
    ready: canWrite,
    run: here(toggleHidden),
  },
];

const moving: readonly Command[] = [
  {
    id: "next",
    title: "Next cell",
    group: "Move",
    keys: ["j", "ArrowDown"],
    when: "command",
    ready: inNotebook,
    run: () => void selectNext(1),
  },
  {
    id: "previous",
    title: "Previous cell",
    group: "Move",
    keys: ["k", "ArrowUp"],
    when: "command",
    ready: inNotebook,
    run: () => void selectNext(-1),
  },
  {
    id: "first",
    title: "First cell",
    group: "Move",
    keys: ["g g"],
    when: "command",
    ready: inNotebook,
    run: () => selectEnd(0),
  },
  {
    id: "last",
    title: "Last cell",
    group: "Move",
    keys: ["Shift+g"],
    when: "command",
    ready: inNotebook,
    run: () => selectEnd(-1),
  },
  {
    id: "move-up",
    title: "Move cell up",
    group: "Move",
    keys: ["Alt+ArrowUp", "Shift+k"],
    when: "command",
    ready: canWrite,
    run: here((id) => moveCell(id, -1)),
  },
  {
    id: "move-down",
    title: "Move cell down",
    group: "Move",
    keys: ["Alt+ArrowDown", "Shift+j"],
    when: "command",
    ready: canWrite,
    run: here((id) => moveCell(id, 1)),
  },
];

const documents: readonly Command[] = [
  {
    id: "save",
    title: "Save now",
    group: "Notebook",
    keys: ["Mod+s"],
    when: "any",
    ready: inNotebook,
    run: saveNow,
  },
  {
    id: "share",
    title: "Share a link",
    group: "Notebook",
    keys: [],
    when: "any",
    ready: inNotebook,
    run: () => app.getState().openDialog("share"),
  },
  {
    id: "download",
    title: "Download as a file",
    group: "Notebook",
    keys: [],
    when: "any",
    ready: inNotebook,
    run: downloadNotebook,
  },
  { id: "open-file", title: "Open a file", group: "Notebook", keys: ["Mod+o"], when: "any", run: openFile },
  { id: "new", title: "New notebook", group: "Notebook", keys: [], when: "any", run: newNotebook },
  { id: "home", title: "All notebooks", group: "Notebook", keys: [], when: "any", run: goHome },
];

const viewing: readonly Command[] = [
  {
    id: "palette",
    title: "All commands",
    group: "View",
    keys: ["Mod+k"],
    when: "any",
    run: () => app.getState().openDialog("palette"),
  },
  {
    id: "shortcuts",
    title: "Keyboard shortcuts",
    group: "View",
    keys: ["?"],
    when: "command",
    run: () => app.getState().openDialog("shortcuts"),
  },
  {
    id: "kernels",
    title: "Kernels",
    group: "View",
    keys: ["p"],
    when: "command",
    ready: inNotebook,
    run: togglePanel("kernel"),
  },
  { id: "device", title: "Device", group: "View", keys: [], when: "command", run: togglePanel("device") },
  {
    id: "contents",
    title: "Contents",
    group: "View",
    keys: [],
    when: "command",
    ready: inNotebook,
    run: togglePanel("contents"),
  },
  { id: "theme", title: "Next theme", group: "View", keys: [], when: "command", run: nextTheme },
];

/** Every command of the app, in the order in which the palette and the sheet show them. */
export const commands: readonly Command[] = [...running, ...cells, ...moving, ...documents, ...viewing];

/** Those that would do something now. */
export function readyCommands(): Command[] {
  return commands.filter((command) => command.ready?.() ?? true);
}
