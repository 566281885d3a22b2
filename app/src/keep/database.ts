import { type DBSchema, type IDBPDatabase, openDB } from "idb";

/** A notebook that is kept on this device. Its texts are the versions that name it. */
export interface DocumentRecord {
  readonly id: string;
  readonly title: string;
  readonly changed: number;
}

/** One text of a notebook. Versions are only added, never changed. */
export interface VersionRecord {
  readonly document: string;
  readonly text: string;
  /** `hashText` of the text: a version whose hash does not fit was damaged and is skipped. */
  readonly sum: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

interface Schema extends DBSchema {
  documents: { key: string; value: DocumentRecord };
  versions: { key: number; value: VersionRecord; indexes: { document: string } };
}

export type Database = IDBPDatabase<Schema>;

export function openDatabase(name = "tilebook"): Promise<Database> {
  return openDB<Schema>(name, 1, {
    upgrade: (database) => {
      database.createObjectStore("documents", { keyPath: "id" });
      const versions = database.createObjectStore("versions", { autoIncrement: true });
      versions.createIndex("document", "document");
    },
    // Another tab runs a newer Tilebook: let it upgrade.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
}
