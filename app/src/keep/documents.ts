import { Fault, hashText } from "@tilebook/base";
import type { Database, DocumentRecord } from "./database.ts";
import { superfluous } from "./thin.ts";

export interface Version {
  readonly document: string;
  readonly title: string;
  readonly text: string;
  readonly at: number;
}

export interface Kept {
  readonly text: string;
  readonly at: number;
  /** How many newer versions were damaged and passed over. */
  readonly damaged: number;
}

/**
 * Adds a version. When the promise resolves the transaction is complete: the text is in the database.
 * "strict" also waits for the disk. Fails with `keep/full` when the browser has no room, `keep/failed` otherwise.
 */
export async function saveVersion(
  database: Database,
  version: Version,
  durability: "relaxed" | "strict",
): Promise<void> {
  try {
    const transaction = database.transaction(["documents", "versions"], "readwrite", { durability });
    const { document, title, text, at } = version;
    // Asked and committed in one turn, without waiting for an answer: a page that is being closed hears none.
    const written = [
      transaction.objectStore("documents").put({ id: document, title, changed: at }),
      transaction.objectStore("versions").add({ document, text, sum: hashText(text), at }),
      transaction.done,
    ];
    transaction.commit();
    await Promise.all(written);
  } catch (cause) {
    throw saveFault(cause);
  }
  // The text is safe: room that cannot be made now is made after the next save.
  await dropOld(database, version.document).catch(() => undefined);
}

/** Thinning reads the records, so it is done now and then, not with every save. */
const thinAfter = 96;

async function dropOld(database: Database, document: string): Promise<void> {
  const versions = database.transaction("versions", "readwrite").store;
  const keys = await versions.index("document").getAllKeys(document);
  if (keys.length <= thinAfter) return;
  const dated: { key: number; at: number }[] = [];
  for (const key of keys) {
    const record = await versions.get(key);
    if (record !== undefined) dated.push({ key, at: record.at });
  }
  await Promise.all(superfluous(dated).map((key) => versions.delete(key)));
}

/** The newest version whose hash fits. Fails with `keep/missing` or `keep/damaged`. */
export async function loadVersion(database: Database, document: string): Promise<Kept> {
  const index = database.transaction("versions").store.index("document");
  let damaged = 0;
  for (
    let cursor = await index.openCursor(document, "prev");
    cursor !== null;
    cursor = await cursor.continue()
  ) {
    const { text, sum, at } = cursor.value;
    if (typeof text === "string" && hashText(text) === sum) return { text, at, damaged };
    damaged += 1;
  }
  if (damaged > 0) {
    throw new Fault("keep/damaged", "every version of this notebook is damaged", {
      hint: "the browser's storage lost data; if you have a file or a link of the notebook, open that",
    });
  }
  throw new Fault("keep/missing", "there is no such notebook on this device", {
    hint: "it may have been deleted, or be on another device or in another browser",
  });
}

/** The notebooks of this device, the one that changed last first. */
export async function listDocuments(database: Database): Promise<DocumentRecord[]> {
  const records = await database.getAll("documents");
  return records.toSorted((a, b) => b.changed - a.changed);
}

export async function deleteDocument(database: Database, document: string): Promise<void> {
  const transaction = database.transaction(["documents", "versions"], "readwrite");
  const versions = transaction.objectStore("versions");
  await transaction.objectStore("documents").delete(document);
  for (const key of await versions.index("document").getAllKeys(document)) await versions.delete(key);
  await transaction.done;
}

function saveFault(cause: unknown): Fault {
  const full = cause instanceof DOMException && cause.name === "QuotaExceededError";
  return full
    ? new Fault("keep/full", "the browser has no room left to save this notebook", {
        cause,
        hint: "download it as a file now; it is only in this tab",
      })
    : new Fault("keep/failed", "the browser could not save this notebook", {
        cause,
        hint: "download it as a file now; it is only in this tab",
      });
}
