import type { KeptGuests } from "./guests.ts";
import type { RoomKeys } from "./host-room.ts";
import { type Identity, identityOf, newIdentity } from "./identity.ts";
import { newSecret } from "./room-link.ts";

/** A room that this browser remembers, so that its links stay good. */
export interface KeptRoom {
  readonly keys: RoomKeys;
  readonly guests: KeptGuests | undefined;
  /** Remembers who may come back (`HostEvents.keep`). */
  readonly save: (guests: KeptGuests) => void;
}

/**
 * The room of this name, as this browser last had it; else a new one. Private keys are stored such that no script can read them. Where nothing can be stored, the
 * room is a new one each time.
 */
export async function keepRoom(name: string): Promise<KeptRoom> {
  const found = await read<{ pair: CryptoKeyPair; secrets: RoomKeys["secrets"] }>(`room.${name}`);
  const guests = await read<KeptGuests>(`guests.${name}`);
  const save = (now: KeptGuests): void => void write(`guests.${name}`, now);
  if (found !== undefined) {
    const keys = { identity: await identityOf(found.pair), secrets: found.secrets };
    return { keys, guests, save };
  }
  const identity = await newIdentity();
  const secrets = { view: newSecret(), edit: newSecret(), compute: newSecret() };
  await write(`room.${name}`, { pair: identity.pair, secrets });
  return { keys: { identity, secrets }, guests: undefined, save };
}

/** Forgets a room: its links are good for nothing then. */
export async function forgetRoom(name: string): Promise<void> {
  await Promise.all([write(`room.${name}`, undefined), write(`guests.${name}`, undefined)]);
}

const mostTabs = 32;

/**
 * This tab's identity as a guest: the same when it is loaded again, another than those of the other tabs that are open, since two with one identity would put each other out.
 */
export async function keepIdentity(): Promise<Identity> {
  for (let slot = 0; slot < mostTabs; slot++) {
    if (!(await isFree(slot))) continue;
    const found = await read<CryptoKeyPair>(`identity.${slot}`);
    if (found !== undefined) return identityOf(found);
    const identity = await newIdentity();
    await write(`identity.${slot}`, identity.pair);
    return identity;
  }
  return newIdentity();
}

/** Takes a number for as long as this page lives, if nobody has it. */
function isFree(slot: number): Promise<boolean> {
  return new Promise((resolve) => {
    const held = new Promise<void>(() => undefined);
    navigator.locks
      .request(`tilebook.identity.${slot}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock === null ? undefined : held;
      })
      .catch(() => resolve(false));
  });
}

const store = "kept";

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("tilebook.rooms", 1);
    request.addEventListener("upgradeneeded", () => request.result.createObjectStore(store));
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("storage is closed")));
  });
}

async function read<T>(key: string): Promise<T | undefined> {
  return inStore("readonly", (kept) => kept.get(key) as IDBRequest<T | undefined>);
}

async function write(key: string, value: unknown): Promise<void> {
  await (value === undefined
    ? inStore("readwrite", (kept) => kept.delete(key))
    : inStore("readwrite", (kept) => kept.put(value, key)));
}

/** Undefined where this browser stores nothing. */
async function inStore<T>(
  mode: IDBTransactionMode,
  act: (kept: IDBObjectStore) => IDBRequest<T>,
): Promise<T | undefined> {
  try {
    const database = await open();
    const request = act(database.transaction(store, mode).objectStore(store));
    return await new Promise((resolve, reject) => {
      request.addEventListener("success", () => resolve(request.result));
      request.addEventListener("error", () => reject(request.error ?? new Error("storage failed")));
    });
  } catch {
    return undefined;
  }
}
