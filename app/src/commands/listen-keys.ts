import { app } from "../state/app.ts";
import { commands } from "./commands.ts";
import { KeyReader, keyWord } from "./keys.ts";

const writing =
  "input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable], [role=textbox]";
const controls = "a[href], button, summary, input, select, [role=menu], .heat-map-field";

/** Keys that a focused control needs for itself. */
const controlKeys = new Set(["Enter", "Space", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]);

/** Listens to the keys of the whole page. Returns the function that stops it. */
export function listenKeys(): () => void {
  const reader = new KeyReader();
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || !(event.target instanceof Element)) return;
    const word = keyWord(event);
    const inDialog = event.target.closest("dialog") !== null;
    if (inDialog && word !== "Mod+k") return;
    if (word === "Escape" && leave(event.target)) return;
    const typing = event.target.matches(writing);
    const usable = commands.filter((command) => command.when === "any" || !typing);
    const bindings = new Set(usable.flatMap((command) => command.keys));
    if (!typing && controlKeys.has(word) && event.target.closest(controls) !== null) return;
    const found = reader.read(word, bindings, event.timeStamp);
    const command = usable.find(({ keys }) => found !== undefined && keys.includes(found));
    if (command === undefined || !(command.ready?.() ?? true)) return;
    event.preventDefault();
    event.stopPropagation();
    command.run();
  };
  window.addEventListener("keydown", onKey, { capture: true });
  return () => window.removeEventListener("keydown", onKey, { capture: true });
}

/** Escape in a plain field of a cell goes back to command mode. Monaco has its own rule (editor-options.ts). */
function leave(target: Element): boolean {
  const { selected, select } = app.getState();
  if (selected === undefined || target.closest(".monaco-editor") !== null) return false;
  if (!target.matches(writing) || target.closest(".cell") === null) return false;
  if (target instanceof HTMLElement) target.blur();
  select(selected, "command");
  return true;
}
