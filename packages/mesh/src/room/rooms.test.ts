import { ManualClock } from "@tilebook/base";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { numbered, sameBytes } from "../testing/linked.ts";
import { LocalMeetings } from "../testing/local-meetings.ts";
import { endConnections, openConnection } from "../testing/web-rtc.ts";
import type { Rendezvous } from "../meet/rendezvous.ts";
import type { Accept, Sink } from "../transport/inbox.ts";
import { violation } from "../transport/peer-connection.ts";
import type { Policy } from "./guests.ts";
import { GuestRoom, type GuestRoomOptions, type GuestState } from "./guest-room.ts";
import { HostRoom, type HostRoomOptions, type RoomKeys } from "./host-room.ts";
import { type Identity, type KeyId, newIdentity } from "./identity.ts";
import { newSecret, type Role, type RoomLink } from "./room-link.ts";

const open: Policy = { autoAdmit: true, locked: false, cap: 20 };
let keys: RoomKeys;
let identities: Identity[] = [];
let closing: (() => void)[] = [];

beforeAll(async () => {
  const identity = await newIdentity();
  keys = { identity, secrets: { view: newSecret(), edit: newSecret(), compute: newSecret() } };
  identities = await Promise.all(Array.from({ length: 4 }, () => newIdentity()));
});
afterEach(() => {
  for (const close of closing.toReversed()) close();
  closing = [];
});
afterAll(async () => {
  // What is said last is given a moment to leave.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  endConnections();
});

function meet(): LocalMeetings {
  const meetings = new LocalMeetings();
  closing.push(() => setTimeout(() => meetings.end(), 200));
  return meetings;
}

/** What arrived, and from whom. */
type Arrived = { readonly from: KeyId; readonly bytes: Uint8Array }[];

function takes(arrived: Arrived): (from: KeyId) => Accept {
  return (from) =>
    ({ bytes }): Sink => {
      const whole = new Uint8Array(bytes);
      return {
        write: (part, at) => whole.set(part, at),
        end: () => arrived.push({ from, bytes: whole }),
        fail: () => undefined,
      };
    };
}

function host(
  rendezvous: Rendezvous,
  more: Partial<HostRoomOptions> = {},
): { readonly room: HostRoom; readonly arrived: Arrived } {
  const arrived: Arrived = [];
  const room = new HostRoom({ keys, rendezvous, accept: takes(arrived), policy: open, ...more });
  closing.push(() => room.close());
  return { room, arrived };
}

function guest(
  rendezvous: LocalMeetings,
  number: number,
  more: Partial<GuestRoomOptions> = {},
  role: Role = "compute",
): { readonly room: GuestRoom; readonly id: KeyId; readonly states: string[]; readonly arrived: Arrived } {
  const [arrived, states]: [Arrived, string[]] = [[], []];
  const [identity, link] = [identities[number], linkTo(role)];
  if (identity === undefined) throw new Error("no identity");
  const room = new GuestRoom({
    identity,
    link,
    name: `guest ${number}`,
    rendezvous,
    accept: takes(arrived),
    connection: openConnection,
    ...more,
  });
  room.events.on("state", (state) => states.push(say(state)));
  closing.push(() => room.leave());
  return { room, id: identity.id, states, arrived };
}

function linkTo(role: Role): RoomLink {
  return { room: keys.identity.id, role, secret: keys.secrets[role] };
}

function say(state: GuestState): string {
  if (state.kind === "refused") return `refused: ${state.reason}`;
  if (state.kind === "in") return `in: ${state.role}`;
  return state.kind === "meeting" ? `meeting: ${state.fault?.code}` : state.kind;
}

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000 && !holds(); turn++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(holds()).toBe(true);
}

const isIn = ({ room }: { readonly room: GuestRoom }): boolean => room.state.kind === "in";

describe("a room", { retry: 1 }, () => {
  test("[RO1] a guest is let in by itself; bytes go both ways; leaving is heard at once", async () => {
    const meetings = meet();
    const [a, b] = [host(meetings), guest(meetings, 0)];
    await until(() => isIn(b));
    expect(a.room.members).toMatchObject([{ id: b.id, name: "guest 0", role: "compute", state: "in" }]);
    await a.room.link(b.id)?.send("there", numbered(300_000, 1));
    await b.room.link(a.room.id)?.send("back", numbered(200_000, 2));
    expect(sameBytes(b.arrived[0]?.bytes ?? numbered(0), numbered(300_000, 1))).toBe(true);
    expect(sameBytes(a.arrived[0]?.bytes ?? numbered(0), numbered(200_000, 2))).toBe(true);
    b.room.leave();
    await until(() => a.room.members.length === 0);
    expect(b.states).toEqual(["in: compute", "left"]);
  });

  test("[RO2] a person lets guests in, or does not; a full and a locked room", async () => {
    const meetings = meet();
    const { room } = host(meetings, { policy: { autoAdmit: false, locked: false, cap: 1 } });
    const [a, b] = [guest(meetings, 0), guest(meetings, 1)];
    await until(() => room.waiting.length === 2);
    expect(room.admit(a.id)).toBe(true);
    expect(room.admit(b.id)).toBe(false);
    room.decline(b.id);
    await until(() => b.states.includes("refused: declined"));
    const full = guest(meetings, 2);
    await until(() => full.states.includes("refused: full"));
    room.policy = { ...open, locked: true };
    const locked = guest(meetings, 3);
    await until(() => locked.states.includes("refused: locked"));
    expect([a, b, full, locked].map((one) => isIn(one))).toEqual([true, false, false, false]);
  });

  test("[RO3] who is put out hears it, and does not come back", async () => {
    const meetings = meet();
    const [{ room }, a] = [host(meetings), guest(meetings, 0)];
    await until(() => isIn(a));
    room.remove(a.id);
    await until(() => a.states.includes("refused: removed"));
    const again = guest(meetings, 0);
    await until(() => again.states.includes("refused: removed"));
    expect(room.members).toEqual([]);
  });

  test("[RO4] a wrong secret is not let in", async () => {
    const meetings = meet();
    const { room } = host(meetings);
    const wrong = guest(meetings, 0, { link: { ...linkTo("compute"), secret: newSecret() } });
    await until(() => wrong.states.length > 0);
    expect(wrong.states[0]).toMatch(/refused: unproven/u);
    expect(room.members).toEqual([]);
  });

  test("[RO11] who broke the rules before the door was open does not wait at it", async () => {
    const meetings = meet();
    const spoilt: Rendezvous = {
      join: (place, met) =>
        meetings.join(place, (connection) => {
          met(connection);
          connection.dispatchEvent(new Event(violation));
        }),
    };
    const { room } = host(spoilt, { policy: { ...open, autoAdmit: false } });
    guest(meetings, 0);
    await until(() => meetings.pairs.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(room.waiting).toEqual([]);
  });

  test("[RO12] a connection whose channels never open is not kept: else a hundred of them would close the room", async () => {
    const clock = new ManualClock();
    const connection = openConnection();
    const dead: Rendezvous = {
      join: (_, met) => {
        met(connection);
        return { seek: () => undefined, rest: () => undefined, close: () => undefined };
      },
    };
    host(dead, { clock, roles: ["compute"] });
    await new Promise((resolve) => setTimeout(resolve, 50));
    clock.advance(9_000);
    expect(connection.connectionState).not.toBe("closed");
    clock.advance(2_000);
    clock.advance(2_000);
    await until(() => connection.connectionState === "closed");
  });

  test("[RO9] someone between the two, who passes on every word, is found out by the guest, and not let in", async () => {
    const meetings = new LocalMeetings({ between: true });
    closing.push(() => setTimeout(() => meetings.end(), 200));
    const { room } = host(meetings);
    const victim = guest(meetings, 0);
    await until(() => victim.states.length > 0);
    expect(victim.states[0]).toBe("meeting: room/proof");
    expect([room.members, room.waiting]).toEqual([[], []]);
  });

  test("[RO10] who breaks the rules is put out, and for a while; the others stay", async () => {
    const meetings = meet();
    const { room } = host(meetings);
    const [a, b] = [guest(meetings, 0), guest(meetings, 1)];
    await until(() => isIn(a) && isIn(b));
    a.room.link(room.id)?.tell({ kind: "linked", ask: "a word that nobody says", missing: [] });
    await until(() => room.members.length === 1);
    await until(() => a.states.includes("refused: violation"));
    expect(room.members.map(({ id }) => id)).toEqual([b.id]);
    await b.room.link(room.id)?.send("still", numbered(1_000));
  });

  test("[RO5] a connection that is killed: the guest comes back, and the stream under way ends whole", async () => {
    const meetings = meet();
    const [a, b] = [host(meetings), guest(meetings, 0)];
    await until(() => isIn(b));
    const link = a.room.link(b.id);
    let cut = false;
    const progress = (): void => {
      if (!cut) meetings.cut();
      cut = true;
    };
    await link?.send("long", numbered(12_000_000), { progress });
    expect(b.states).toEqual(["in: compute", "lost", "in: compute"]);
    expect(sameBytes(b.arrived[0]?.bytes ?? numbered(0), numbered(12_000_000))).toBe(true);
    expect(a.room.link(b.id)).toBe(link);
  });

  test("[RO6] the host's page is loaded again: guests come back by themselves, without a person", async () => {
    const meetings = meet();
    const policy = { ...open, autoAdmit: false };
    const first = host(meetings, { policy });
    let kept: HostRoomOptions["kept"];
    first.room.events.on("keep", (now) => (kept = now));
    const a = guest(meetings, 0);
    await until(() => first.room.waiting.length === 1);
    first.room.admit(a.id);
    await until(() => isIn(a));
    first.room.pause();
    meetings.forgetHosts();
    await until(() => a.states.includes("lost"));
    const second = host(meetings, { policy, ...(kept && { kept }) });
    await until(() => isIn(a) && second.room.members.length === 1);
    await second.room.link(a.id)?.send("after", numbered(1_000));
    await a.room.link(second.room.id)?.send("back", numbered(1_000));
    expect([a.arrived.length, second.arrived.length]).toEqual([1, 1]);
  });

  test("[RO7] a guest's page is loaded again: it is a new link, also for those who compute with it", async () => {
    const meetings = meet();
    const a = host(meetings);
    const [b, c] = [guest(meetings, 0), guest(meetings, 1)];
    await until(() => isIn(b) && isIn(c));
    await a.room.together([b.id, c.id]);
    await b.room.link(c.id)?.send("x", numbered(1_000));
    const again = guest(meetings, 0);
    await until(() => isIn(again));
    expect(b.states).toContain("refused: elsewhere");
    await a.room.together([again.id, c.id]);
    await again.room.link(c.id)?.send("x", numbered(2_000));
    await a.room.link(again.id)?.send("x", numbered(3_000));
    expect(c.arrived.map(({ from, bytes }) => [from, bytes.length])).toEqual([
      [b.id, 1_000],
      [b.id, 2_000],
    ]);
    expect(again.arrived.map(({ bytes }) => bytes.length)).toEqual([3_000]);
  });

  test("[RO8] guests who compute link with each other; those who watch do not", async () => {
    const meetings = meet();
    const { room } = host(meetings);
    const guests = [0, 1, 2].map((number) => guest(meetings, number));
    const viewer = guest(meetings, 3, {}, "view");
    await until(() => [...guests, viewer].every((one) => isIn(one)));
    await room.together(guests.map(({ id }) => id));
    for (const one of guests)
      for (const other of guests) if (one !== other) await one.room.link(other.id)?.send("hi", numbered(100));
    expect(guests.map(({ arrived }) => arrived.length)).toEqual([2, 2, 2]);
    await until(() => viewer.room.members.length === 3);
    expect(guests.map(({ id }) => viewer.room.link(id))).toEqual([undefined, undefined, undefined]);
    await expect(room.together([guests[0]?.id ?? "", viewer.id])).rejects.toMatchObject({
      code: "mesh/no-link",
    });
  });
});
