import {
  GuestRoom,
  HostRoom,
  meetBy,
  newIdentity,
  newSecret,
  readRoomFragment,
  type RoomKeys,
  type Topics,
} from "@tilebook/mesh/room";

/* A host and a guest in Node, for who sees all that goes between them (`evil.mjs`). */

export interface HostedHere {
  readonly keys: RoomKeys;
  readonly fragment: string;
  /** Ids of those who are in. */
  members(): readonly string[];
  /** Bytes of streams that arrived, and from whom. */
  readonly arrived: readonly { readonly from: string; readonly bytes: number }[];
  close(): void;
}

/** With `keys`, a host who has the secrets of another, and stands where that one is looked for. */
export async function host(topics: Topics, keys?: RoomKeys): Promise<HostedHere> {
  const fresh = { view: newSecret(), edit: newSecret(), compute: newSecret() };
  const own = { identity: await newIdentity(), secrets: keys?.secrets ?? fresh };
  const arrived: { readonly from: string; readonly bytes: number }[] = [];
  const meetings = meetBy({ ways: [topics] });
  const room = new HostRoom({
    keys: own,
    // Where the guests of the other host look for it.
    rendezvous: {
      join: (place, met) => meetings.join({ ...place, room: keys?.identity.id ?? place.room }, met),
    },
    accept: (from) => (opening) => ({
      write: () => undefined,
      end: () => arrived.push({ from, bytes: opening.bytes }),
      fail: () => undefined,
    }),
    policy: { autoAdmit: true, locked: false, cap: 10 },
    roles: ["compute"],
  });
  return {
    keys: own,
    fragment: room.fragment("compute"),
    members: () => room.members.map(({ id }) => id),
    arrived,
    close: () => room.close(),
  };
}

export interface GuestHere {
  readonly id: string;
  /** What it has been, with codes of faults. */
  readonly states: readonly string[];
  isIn(): boolean;
  /** Sends so many bytes to the host. */
  send(bytes: number): Promise<unknown>;
  leave(): void;
}

export async function guest(topics: Topics, fragment: string, name: string): Promise<GuestHere> {
  const link = readRoomFragment(fragment);
  if (link === undefined) throw new Error("no link");
  const states: string[] = [];
  const room = new GuestRoom({
    identity: await newIdentity(),
    link,
    name,
    rendezvous: meetBy({ ways: [topics] }),
    accept: () => () => ({ write: () => undefined, end: () => undefined, fail: () => undefined }),
  });
  room.events.on("state", (state) => {
    const fault = "fault" in state ? state.fault?.code : undefined;
    states.push([state.kind, ...(fault === undefined ? [] : [fault])].join(" "));
  });
  return {
    id: room.id,
    states,
    isIn: () => room.state.kind === "in",
    send: async (bytes) => room.link(link.room)?.send("bytes", new Uint8Array(bytes)),
    leave: () => room.leave(),
  };
}
