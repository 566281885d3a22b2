import { app } from "../state/app.ts";
import type { Command } from "./command.ts";
import { commands } from "./commands.ts";
import { KeyReader, keyWord } from "./keys.ts";

const writing =
  "input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable], [role=textbox]";
const controls =
  "a[href], button, [role=button], summary, input, select, [role=menu], [role=separator], [role=listbox], .heat-map-field";

/** Keys that a focused control needs for itself. */
const controlKeys = new Set(["Enter", "Space", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]);

/** Listens to the keys of the whole page. Returns the function that stops it. */
export function listenKeys(): () => void {
  const reader = new KeyReader();
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || !(event.target instanceof Element)) return;
    const word = keyWord(event);
    if (belongsToTarget(event.target, word)) return;
    const command = commandFor(reader, event.target, word, event.timeStamp);
    if (command === undefined || !(command.ready?.() ?? true)) return;
    event.preventDefault();
    event.stopPropagation();
    command.run();
  };
  window.addEventListener("keydown", onKey, { capture: true });
  return () => window.removeEventListener("keydown", onKey, { capture: true });
}

function commandFor(reader: KeyReader, target: Element, word: string, now: number): Command | undefined {
  const typing = target.matches(writing);
  const usable = commands.filter((command) => command.when === "any" || !typing);
  const found = reader.read(word, new Set(usable.flatMap((command) => command.keys)), now);
  return found === undefined ? undefined : usable.find(({ keys }) => keys.includes(found));
}

/** The press is for a dialog, a field or a control, and no command of the page. */
function belongsToTarget(target: Element, word: string): boolean {
  if (target.closest("dialog") !== null && word !== "Mod+k") return true;
  // Monaco's menu of fixes is a list that has the focus: arrows, Enter and Escape are its own.
  if (target.closest(".action-widget") !== null) return true;
  // There Enter goes to the next match, or runs a copy of a kernel: not the cell.
  if (word.endsWith("Enter") && target.closest("[role=search], .copy-editor") !== null) return true;
  if (word === "Escape" && leave(target)) return true;
  return !target.matches(writing) && controlKeys.has(word) && target.closest(controls) !== null;
}

/** Escape in a plain field of a cell goes back to command mode. Monaco has its own rule (editor-options.ts). */
function leave(target: Element): boolean {
  const { selected, select } = app.getState();
  if (selected === undefined || target.closest(".monaco-editor, .name-field") !== null) return false;
  if (!target.matches(writing) || target.closest(".cell") === null) return false;
  if (target instanceof HTMLElement) target.blur();
  select(selected, "command");
  return true;
}
