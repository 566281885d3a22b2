import type { Role } from "../room/room-link.ts";

/** Where a host and those who have one of its links look for each other. */
export interface Place {
  readonly room: string;
  readonly role: Role;
  /** The link's secret: who does not know it neither finds the place nor reads what is said there. */
  readonly secret: Uint8Array<ArrayBuffer>;
  readonly side: "host" | "guest";
}

/** One side's presence at a place. */
export interface Meeting {
  /** Calls for the other side now, and again until `rest`. A guest does so from the start; a host only makes itself known. */
  seek(): void;
  /** Stays there to be found, without calling. */
  rest(): void;
  /** Is not there any more. Connections that came of it stay. */
  close(): void;
}

/**
 * A way for two pages to get a connection. It is for joining only: `met` is given a connection that is up, to someone who knows the secret; who that is, and
 * whether it is let in, is decided over it (`room/`). The connection is then the caller's, who closes it.
 */
export interface Rendezvous {
  join(place: Place, met: (connection: RTCPeerConnection) => void): Meeting;
}
