import type { KeyId } from "@tilebook/mesh/link";

/** A host that this device has computed for. */
export interface KnownHost {
  readonly id: KeyId;
  /** Milliseconds since 1970. */
  readonly last: number;
  readonly times: number;
}

/** What this device knows of a host: that it was here before, that it is another one than last time, or that it is the first of all. */
export type Acquaintance =
  | { readonly kind: "same"; readonly host: KnownHost }
  | { readonly kind: "other"; readonly lastHost: KnownHost; readonly host: KnownHost | undefined }
  | { readonly kind: "first" };

const key = "tilebook.hosts";
const most = 50;

export function acquaintance(hosts: readonly KnownHost[], id: KeyId): Acquaintance {
  const [lastHost] = hosts.toSorted((a, b) => b.last - a.last);
  if (lastHost === undefined) return { kind: "first" };
  if (lastHost.id === id) return { kind: "same", host: lastHost };
  return { kind: "other", lastHost, host: hosts.find((host) => host.id === id) };
}

/** The list after this device was let in by a host at a time. */
export function withHost(hosts: readonly KnownHost[], id: KeyId, at: number): readonly KnownHost[] {
  const before = hosts.find((host) => host.id === id);
  const others = hosts.filter((host) => host.id !== id).toSorted((a, b) => b.last - a.last);
  return [{ id, last: at, times: (before?.times ?? 0) + 1 }, ...others].slice(0, most);
}

export function knownHosts(): readonly KnownHost[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isHost) : [];
  } catch {
    return [];
  }
}

export function keepHosts(hosts: readonly KnownHost[]): void {
  try {
    localStorage.setItem(key, JSON.stringify(hosts));
  } catch {
    // Then the next visit is the first again.
  }
}

function isHost(value: unknown): value is KnownHost {
  const { id, last, times } = (value ?? {}) as Partial<Record<keyof KnownHost, unknown>>;
  return typeof id === "string" && typeof last === "number" && typeof times === "number";
}
