import type { CrashLedger } from "@tilebook/sandbox";
import { type DBSchema, type IDBPDatabase, openDB } from "idb";

type Stage = Parameters<CrashLedger["begin"]>[1];

interface Schema extends DBSchema {
  dangers: { key: [kernel: string, page: string]; value: { kernel: string; page: string; stage: Stage } };
}

type Database = IDBPDatabase<Schema>;

/** A database of its own: the one of the notebooks must never wait for this one. */
export function openDangers(name = "tilebook dangers"): Promise<Database> {
  return openDB<Schema>(name, 1, {
    upgrade: (database) => void database.createObjectStore("dangers", { keyPath: ["kernel", "page"] }),
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
}

export interface Pages {
  /** The name of this page, as long as it lives. */
  readonly own: string;
  /** A page that is still there has not crashed: what it tries is its own affair. */
  isThere(page: string): Promise<boolean>;
}

/**
 * The kernels that are being compiled or run for the first time, on the disk while they are. What a page leaves behind is
 * what it was lost with. Fails when there is no storage.
 */
export class Dangers implements CrashLedger {
  readonly #database: Promise<Database>;
  readonly #pages: Pages;

  constructor(database: Promise<Database>, pages: Pages) {
    this.#database = database;
    this.#pages = pages;
  }

  async begin(kernel: string, stage: Stage): Promise<boolean> {
    const database = await this.#database;
    const { own } = this.#pages;
    for (const { page } of await database.getAll("dangers", about(kernel)))
      if (page === own || !(await this.#pages.isThere(page))) return false;
    const transaction = database.transaction("dangers", "readwrite", { durability: "strict" });
    await Promise.all([transaction.store.put({ kernel, page: own, stage }), transaction.done]);
    return true;
  }

  end(kernel: string): void {
    const gone = this.#database.then((database) => database.delete("dangers", [kernel, this.#pages.own]));
    // What cannot be deleted is asked about once more than it need be.
    gone.catch(() => undefined);
  }

  /** They may be tried again. */
  async allow(kernels: readonly string[]): Promise<void> {
    const database = await this.#database;
    await Promise.all(kernels.map((kernel) => database.delete("dangers", about(kernel))));
  }
}

/** Whatever page it was. */
function about(kernel: string): IDBKeyRange {
  return IDBKeyRange.bound([kernel], [kernel, []]);
}
