import { Fault, faultData } from "@tilebook/base";
import { decodeLink } from "@tilebook/notebook";
import { gallery } from "virtual:gallery";
import { loadVersion } from "../keep/documents.ts";
import { app } from "../state/app.ts";
import type { Origin } from "../state/document-slice.ts";
import { stateOf, textOf } from "../state/notebook-slice.ts";
import { sha256 } from "../shared/sha256.ts";
import { fileName, pickFile, saveFile } from "./files.ts";
import { openMachine } from "./machine.ts";
import { goTo, rename, type Route, routeOf } from "./route.ts";
import { trust } from "./run.ts";
import { database, documentChanged, flushSave, hold, lastWorkedOn, letGo, remember } from "./save.ts";

/** Opening notebooks: from the gallery, this device, a link, or a file. Opening runs nothing that is not our own. */

const fresh = "# Untitled notebook\n\n```ts\n\n```\n";

/** Shows what the address names. A fault becomes a page that says what is wrong and what to do. */
export async function openAddress(): Promise<void> {
  app.setState({ page: { kind: "opening" } });
  await flushSave();
  letGo();
  try {
    await openRoute(routeOf(location.hash));
  } catch (error) {
    app.setState({ page: { kind: "failed", fault: faultData(error) } });
  }
}

async function openRoute(route: Route): Promise<void> {
  switch (route.kind) {
    case "start":
      return openStart();
    case "home":
      return app.setState({ page: { kind: "home" }, panel: undefined });
    case "gallery":
      return openGallery(route.name);
    case "own":
      return openOwn(route.id);
    case "link":
      return openLink(route.link);
  }
}

async function openStart(): Promise<void> {
  const last = lastWorkedOn();
  if (last !== undefined) {
    try {
      await openOwn(last);
      return rename({ kind: "own", id: last });
    } catch (error) {
      if (faultData(error).code !== "keep/missing") throw error;
    }
  }
  const first = gallery.find(({ name }) => name === "attention") ?? gallery[0];
  if (first === undefined) return app.setState({ page: { kind: "home" } });
  await openGallery(first.name);
}

/** A notebook that ships with Tilebook. It is trusted when it is the very text it was built with. */
async function openGallery(name: string): Promise<void> {
  const entry = gallery.find((candidate) => candidate.name === name);
  if (entry === undefined) throw new Fault("gallery/unknown", `the gallery has no notebook named ${name}`);
  const response = await fetch(new URL(`notebooks/${name}.nb.md`, document.baseURI)).catch(
    (cause: unknown) => {
      throw new Fault("gallery/offline", "this notebook could not be loaded", {
        cause,
        hint: "are you offline? notebooks that you worked on are on this device: see All notebooks",
      });
    },
  );
  if (!response.ok)
    throw new Fault("gallery/missing", `this notebook could not be loaded (${response.status})`);
  const bytes = await response.arrayBuffer();
  show(new TextDecoder().decode(bytes), { kind: "gallery", name });
  if ((await sha256(bytes)) === entry.hash) trust();
}

async function openOwn(id: string): Promise<void> {
  const { text, damaged, at } = await loadVersion(await database(), id);
  show(text, { kind: "own", id });
  app.setState({ saving: { kind: "saved", at: new Date(at) } });
  if (damaged > 0) {
    app
      .getState()
      .say("The newest version was damaged. This is the last one that is whole.", { tone: "bad" });
  }
  remember(id);
  hold(id, () => void openAddress());
}

async function openLink(link: string): Promise<void> {
  show(await decodeLink(link), { kind: "link" });
}

/** Shows a text as the open notebook, untrusted, with a sandbox of its own. */
export function show(text: string, origin: Origin): void {
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
    .then(async (file) => file && (await openText(await file.text(), { kind: "file", name: file.name })))
    .catch(tell);
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

export function openGalleryNotebook(name: string): void {
  goTo({ kind: "gallery", name });
}

function tell(error: unknown): void {
  app.getState().say(faultData(error).message, { tone: "bad" });
}
