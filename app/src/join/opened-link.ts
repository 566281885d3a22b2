import { type FaultData, faultData } from "@tilebook/base";
import { readRoomFragment, type RoomLink } from "@tilebook/mesh/link";

/** What this page was opened by. */
export type Opened =
  | { readonly kind: "link"; readonly link: RoomLink }
  /** A link of a room that this page is not for, or that is broken. */
  | { readonly kind: "wrong"; readonly fault: FaultData }
  | { readonly kind: "none" };

/** A fragment of an address as an invitation to compute. */
export function openedBy(fragment: string): Opened {
  try {
    const link = readRoomFragment(fragment);
    if (link === undefined) return { kind: "none" };
    if (link.role === "compute") return { kind: "link", link };
    const message = "this link is for a notebook, not for computing";
    return { kind: "wrong", fault: { code: "room/role", message, hint: "open it in Tilebook itself" } };
  } catch (error) {
    return { kind: "wrong", fault: faultData(error) };
  }
}

const key = "tilebook.join";

/**
 * Takes the fragment out of the address bar, where it would be on every picture of the screen. This tab remembers it, so that it can be reloaded.
 */
export function takeFragment(): string {
  const given = location.hash;
  try {
    if (given === "") return sessionStorage.getItem(key) ?? "";
    sessionStorage.setItem(key, given);
    history.replaceState(null, "", location.pathname + location.search);
  } catch {
    // Without storage it stays where it is.
  }
  return given;
}
