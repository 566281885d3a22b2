import { ManualClock } from "@tilebook/base";
import { beforeAll, describe, expect, test } from "vitest";
import type { Guest } from "./handshake.ts";
import { simulatedPair } from "../testing/simulated-channel.ts";
import { encodePacket, Type } from "../transport/packet.ts";
import { DoorWire } from "./door-wire.ts";
import { GuestDoor } from "./guest-door.ts";
import { Guests } from "./guests.ts";
import { HostDoor } from "./host-door.ts";
import { type Identity, newIdentity } from "./identity.ts";
import { newSecret, type Role, type RoomLink } from "./room-link.ts";
import type { GuestWord, HostWord } from "./words.ts";

const secrets: Record<Role, Uint8Array<ArrayBuffer>> = {
  view: newSecret(),
  edit: newSecret(),
  compute: newSecret(),
};
let [host, guest]: Identity[] = [];

beforeAll(async () => {
  [host, guest] = await Promise.all([newIdentity(), newIdentity()]);
});

function known(identity: Identity | undefined): Identity {
  if (identity === undefined) throw new Error("no identity");
  return identity;
}

interface AtDoor {
  readonly clock: ManualClock;
  /** What came of it, on either side, in order. */
  readonly seen: string[];
  readonly guests: Guests;
  /** Lets words go to and fro until nothing more is said, and time pass. */
  readonly run: (ms: number) => Promise<void>;
  readonly toHost: (message: unknown) => void;
  readonly toGuest: (message: unknown) => void;
}

interface AtDoorOptions {
  readonly guests?: Guests;
  readonly link?: Partial<RoomLink>;
  /** The ends as the guest sees them. */
  readonly guestSees?: { readonly guestEnd: string; readonly hostEnd: string };
  /** How many of the first words of the guest are lost. */
  readonly deaf?: number;
}

/** A guest and a host at the door, whose words arrive when the test lets them. */
function atDoor({ guests = new Guests(), link, guestSees, deaf = 0 }: AtDoorOptions = {}): AtDoor {
  const clock = new ManualClock();
  const seen: string[] = [];
  const said: { readonly to: "host" | "guest"; readonly word: unknown }[] = [];
  const ends = { guestEnd: "AA", hostEnd: "BB" };
  const tellGuest = (word: HostWord): number => said.push({ to: "guest", word });
  let lost = 0;
  const hostDoor = new HostDoor({
    clock,
    identity: known(host),
    secretOf: (role) => secrets[role],
    ends,
    tell: tellGuest,
    proven: (who: Guest, { name }) => {
      const verdict = guests.knock(who, name);
      seen.push(`host: ${name} ${typeof verdict === "object" ? "admitted" : verdict}`);
      if (typeof verdict === "object")
        tellGuest({
          kind: "admitted",
          role: who.role,
          line: "l",
          members: guests.members.map((member) => ({ ...member, line: "l" })),
        });
      else if (verdict === "waiting") tellGuest({ kind: "waiting" });
      else tellGuest({ kind: "refused", reason: verdict, again: verdict === "full" });
    },
    failed: (reason) => seen.push(`host: ${reason}`),
  });
  const guestDoor = new GuestDoor({
    clock,
    identity: known(guest),
    link: { room: known(host).id, role: "compute", secret: secrets.compute, ...link },
    name: "Ada",
    page: "p",
    ends: guestSees ?? ends,
    tell: (word: GuestWord) => (lost++ < deaf ? 0 : said.push({ to: "host", word })),
    waiting: () => seen.push("guest: waiting"),
    admitted: ({ role, members }) => seen.push(`guest: ${role} of ${members.length}`),
    refused: (reason) => seen.push(`guest: ${reason}`),
    failed: ({ code }) => seen.push(`guest: ${code}`),
  });
  const door = { host: hostDoor, guest: guestDoor };
  const run = async (ms: number): Promise<void> => {
    for (let at = 0; at <= ms; at += 100) {
      for (let next = said.shift(); next !== undefined; next = said.shift())
        await door[next.to].hear(structuredClone(next.word));
      clock.advance(100);
    }
  };
  return {
    clock,
    seen,
    guests,
    run,
    toHost: (word) => void said.push({ to: "host", word }),
    toGuest: (word) => void said.push({ to: "guest", word }),
  };
}

describe("at the door of a room", () => {
  test("[RD1] a guest waits for a person, or comes in where guests may; who was in comes back", async () => {
    const waits = atDoor();
    await waits.run(500);
    expect(waits.seen).toEqual(["host: Ada waiting", "guest: waiting"]);
    expect(waits.guests.waiting.map(({ name }) => name)).toEqual(["Ada"]);
    expect(waits.guests.admit(known(guest).id)).toBe(true);
    waits.guests.leave(known(guest).id);
    const back = atDoor({ guests: waits.guests });
    await back.run(500);
    expect(back.seen).toEqual(["host: Ada admitted", "guest: compute of 1"]);
    const open = atDoor({ guests: new Guests({ autoAdmit: true, locked: false, cap: 1 }) });
    await open.run(500);
    expect(open.seen).toEqual(["host: Ada admitted", "guest: compute of 1"]);
  });

  test("[RD2] a locked, a full room, and one that a guest was put out of", async () => {
    const locked = atDoor({ guests: new Guests({ autoAdmit: true, locked: true, cap: 9 }) });
    await locked.run(500);
    const full = atDoor({ guests: new Guests({ autoAdmit: true, locked: false, cap: 0 }) });
    await full.run(500);
    const guests = new Guests({ autoAdmit: true, locked: false, cap: 9 });
    guests.remove(known(guest).id);
    const out = atDoor({ guests });
    await out.run(500);
    expect([locked.seen[1], full.seen[1], out.seen[1]]).toEqual([
      "guest: locked",
      "guest: full",
      "guest: removed",
    ]);
  });

  test("[RD3] words that are lost while channels open are said again", async () => {
    const door = atDoor({ deaf: 4 });
    await door.run(2_000);
    expect(door.seen).toEqual(["host: Ada waiting", "guest: waiting"]);
  });

  test("[RD4] who stands between, or is another host, learns nothing of the guest", async () => {
    const between = atDoor({ guestSees: { guestEnd: "XX", hostEnd: "YY" } });
    await between.run(500);
    expect(between.seen).toEqual(["guest: room/proof"]);
    const other = atDoor({ link: { room: "A".repeat(22) } });
    await other.run(500);
    expect(other.seen).toEqual(["guest: room/host"]);
  });

  test("[RD5] a wrong secret is refused, and does not say what was wrong", async () => {
    const door = atDoor({ link: { secret: newSecret() } });
    await door.run(500);
    expect(door.seen).toEqual(["host: unproven", "guest: unproven"]);
  });

  test("[RD6] silence ends on both sides after ten seconds", async () => {
    const door = atDoor({ deaf: 1_000 });
    await door.run(11_000);
    expect(door.seen).toEqual(["host: slow", "guest: slow"]);
  });

  test.each<[string, unknown]>([
    ["noise", { kind: "hello", hello: 5 }],
    ["a proof before a hello", { kind: "proof", proof: { signature: "AA", role: "edit", knows: "AA" } }],
    ["nothing at all", null],
  ])("[RD7] %s at the host's door ends it", async (_, word) => {
    const door = atDoor({ deaf: 1_000 });
    door.toHost(word);
    await door.run(300);
    expect(door.seen).toEqual(["host: unproven", "guest: unproven"]);
  });

  test("[RD8] a host that admits before it has proven itself is none", async () => {
    const door = atDoor({ deaf: 1_000 });
    door.toGuest({ kind: "admitted", role: "edit", line: "l", members: [] });
    await door.run(300);
    expect(door.seen).toEqual(["guest: room/proof"]);
  });

  test("[RD9] who says more at the door than anybody has to say there is cut off, however slowly", async () => {
    const clock = new ManualClock();
    const [control, bulk] = [simulatedPair(clock, 0).ends, simulatedPair(clock, 0).ends];
    let [heard, broken] = [0, 0];
    const wire = new DoorWire({
      clock,
      channels: { control: control[0], bulk: [bulk[0]] },
      heard: () => (heard += 1),
      broken: () => (broken += 1),
    });
    const bytes = new TextEncoder().encode(JSON.stringify("x".repeat(16_000)));
    for (let second = 0; second < 20; second++) {
      control[1].send(encodePacket({ type: Type.message, stream: 0, offset: 0, bytes }));
      clock.advance(1_000);
    }
    expect([heard, broken]).toEqual([16, 1]);
    wire.close();
  });
});
