import { Fault, faultData } from "@tilebook/base";
import { decodeLink } from "@tilebook/notebook";
import { gallery } from "virtual:gallery";
import { loadVersion } from "../keep/documents.ts";
import { sha256 } from "../shared/sha256.ts";
import type { Origin } from "../state/document-slice.ts";
import { embedded } from "./embedded.ts";
import type { Route } from "./route.ts";
import { database, lastWorkedOn } from "./save.ts";

/** What an address leads to. Nothing is shown by loading it. */
export type Loaded =
  | { readonly kind: "home" }
  | {
      readonly kind: "notebook";
      readonly text: string;
      readonly origin: Origin;
      /** It is the very text that Tilebook was built with. */
      readonly trusted: boolean;
      readonly savedAt?: Date;
      /** Newer versions could not be read. */
      readonly damaged: boolean;
    };

export async function load(route: Route): Promise<Loaded> {
  switch (route.kind) {
    case "start":
      return loadStart();
    case "home":
      return { kind: "home" };
    case "gallery":
      return loadGallery(route.name);
    case "own":
      return loadOwn(route.id);
    case "link": {
      const text = await decodeLink(route.link);
      return { kind: "notebook", text, origin: { kind: "link" }, trusted: false, damaged: false };
    }
  }
}

/** The notebook worked on last; for somebody new, the first of the gallery. */
async function loadStart(): Promise<Loaded> {
  const last = embedded ? undefined : lastWorkedOn();
  if (last !== undefined) {
    try {
      return await loadOwn(last);
    } catch (error) {
      if (faultData(error).code !== "keep/missing") throw error;
    }
  }
  const first = gallery.find(({ name }) => name === "attention") ?? gallery[0];
  return first === undefined ? { kind: "home" } : loadGallery(first.name);
}

/** A notebook that ships with Tilebook. It is trusted when its hash is the one taken when Tilebook was built. */
async function loadGallery(name: string): Promise<Loaded> {
  const entry = gallery.find((candidate) => candidate.name === name);
  if (entry === undefined) throw new Fault("gallery/unknown", `the gallery has no notebook named ${name}`);
  const bytes = await fetchNotebook(name);
  const trusted = (await sha256(bytes)) === entry.hash;
  const text = new TextDecoder().decode(bytes);
  return { kind: "notebook", text, origin: { kind: "gallery", name }, trusted, damaged: false };
}

async function fetchNotebook(name: string): Promise<ArrayBuffer> {
  let response: Response;
  try {
    response = await fetch(new URL(`notebooks/${name}.nb.md`, document.baseURI));
  } catch (cause) {
    throw new Fault("gallery/offline", "this notebook could not be loaded", {
      cause,
      hint: "are you offline? notebooks that you worked on are on this device: see All notebooks",
    });
  }
  if (response.ok) return response.arrayBuffer();
  throw new Fault("gallery/missing", `this notebook could not be loaded (${response.status})`);
}

async function loadOwn(id: string): Promise<Loaded> {
  if (embedded) {
    throw new Fault("embed/own", "notebooks of this device are not shown inside other sites", {
      hint: "open Tilebook in a tab of its own",
    });
  }
  const { text, damaged, at } = await loadVersion(await database(), id);
  return {
    kind: "notebook",
    text,
    origin: { kind: "own", id },
    trusted: false,
    savedAt: new Date(at),
    damaged: damaged > 0,
  };
}
