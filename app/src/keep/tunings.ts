import type { TuningShelf } from "@tilebook/sandbox";
import { type DBSchema, type IDBPDatabase, openDB } from "idb";

interface Schema extends DBSchema {
  /** By the name of a class of devices. */
  tunings: { key: string; value: string };
}

type Database = IDBPDatabase<Schema>;

/** Devices and versions of the compiler whose times are kept. */
const mostDevices = 16;

/** A database of its own: that of the notebooks must never wait for it. */
export function openTunings(name = "tilebook tunings"): Promise<Database> {
  return openDB<Schema>(name, 1, {
    upgrade: (database) => void database.createObjectStore("tunings"),
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
}

/** Which configs of kernels are the fastest, kept on this device. What cannot be kept is measured again. */
export class Tunings implements TuningShelf {
  readonly #open: () => Promise<Database>;
  #database: Promise<Database> | undefined;

  constructor(open: () => Promise<Database> = openTunings) {
    this.#open = open;
  }

  async kept(device: string): Promise<string | undefined> {
    const database = await this.#opened();
    return database.get("tunings", device);
  }

  keep(device: string, text: string): void {
    this.#put(device, text).catch(() => undefined);
  }

  async #put(device: string, text: string): Promise<void> {
    const database = await this.#opened();
    const known = await database.getAllKeys("tunings");
    const others = known.filter((name) => name !== device);
    for (const old of others.slice(0, Math.max(0, others.length - mostDevices + 1)))
      await database.delete("tunings", old);
    await database.put("tunings", text, device);
  }

  #opened(): Promise<Database> {
    this.#database ??= this.#open();
    this.#database.catch(() => {
      this.#database = undefined;
    });
    return this.#database;
  }
}
