import { realClock } from "@tilebook/base";
import { Autosave } from "../keep/autosave.ts";
import { type Database, openDatabase } from "../keep/database.ts";
import { saveVersion } from "../keep/documents.ts";
import { holdNotebook } from "../keep/lock.ts";
import { app } from "../state/app.ts";
import { textOf } from "../state/notebook-slice.ts";
import { embedded } from "./embedded.ts";
import { rename } from "./route.ts";

/** Keeping the open notebook on this device. */

let opening: Promise<Database> | undefined;
let release: (() => void) | undefined;

/** The database of this page, opened once; opened again after it failed or was closed for a newer version. */
export function database(): Promise<Database> {
  opening ??= openDatabase().then(
    (opened) => {
      opened.addEventListener("close", () => (opening = undefined));
      return opened;
    },
    (error: unknown) => {
      opening = undefined;
      throw error;
    },
  );
  return opening;
}

const autosave = new Autosave({
  clock: realClock,
  write: async (text, durability) => {
    const { origin, notebook } = app.getState();
    const at = Date.now();
    if (origin.kind === "own") {
      await saveVersion(
        await database(),
        { document: origin.id, title: notebook.title, text, at },
        durability,
      );
    }
    return at;
  },
  onState: (saving) => app.setState({ saving }),
});

/** The document changed. What came from a link, a file or the gallery becomes an own copy by this. */
export function documentChanged(): void {
  const { origin, readOnly } = app.getState();
  if (readOnly) return;
  if (origin.kind !== "own") makeOwn();
  autosave.changed(() => textOf(app.getState()));
}

function makeOwn(): void {
  const id = newId();
  app.setState({ origin: { kind: "own", id } });
  rename({ kind: "own", id });
  remember(id);
  hold(id, () => undefined);
}

/** Writes what is pending now, through to the disk. */
export function saveNow(): void {
  const { origin, say } = app.getState();
  if (origin.kind !== "own") documentChanged();
  autosave.flush("strict").then(
    () => app.getState().saving.kind === "saved" && say("Saved on this device"),
    () => undefined,
  );
}

/** Writes what is pending, before another notebook is opened or the page goes away. */
export function flushSave(): Promise<void> {
  return autosave.flush("strict");
}

/** Before any notebook is shown: inside another site nothing is written. */
export function letGo(): void {
  release?.();
  release = undefined;
  app.setState({ readOnly: embedded });
}

/** Takes the turn to write this notebook; `reload` is called when it comes later, from another tab. */
export function hold(id: string, reload: () => void): void {
  letGo();
  let waited = false;
  release = holdNotebook(id, (mine) => {
    app.setState({ readOnly: !mine });
    if (mine && waited) reload();
    waited = !mine;
  });
}

/** The page may be closed without a word after it was hidden. */
export function saveOnLeave(): void {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") flushSave().catch(() => undefined);
  });
  window.addEventListener("beforeunload", (event) => {
    if (app.getState().saving.kind === "failed") event.preventDefault();
  });
}

const lastKey = "tilebook.last";

export function remember(id: string): void {
  try {
    localStorage.setItem(lastKey, id);
  } catch {
    // Only a convenience: the notebook is in the list all the same.
  }
}

export function lastWorkedOn(): string | undefined {
  try {
    return localStorage.getItem(lastKey) ?? undefined;
  } catch {
    return undefined;
  }
}

function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => (byte % 36).toString(36)).join("");
}
