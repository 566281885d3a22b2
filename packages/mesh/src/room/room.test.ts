import { Fault } from "@tilebook/base";
import {
  assert,
  asyncProperty,
  constantFrom,
  integer,
  ipV4,
  property,
  record,
  string,
  uint8Array,
} from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { fromBase64Url, toBase64Url } from "./base64url.ts";
import {
  aGuestProof,
  aHello,
  checkGuest,
  checkHost,
  checkHostProof,
  type GuestProof,
  guestProof,
  type Hello,
  hostProof,
  type HostProof,
  newHello,
  protocol,
  type Seen,
} from "./handshake.ts";
import { type Identity, identityOf, newIdentity } from "./identity.ts";
import { newSecret, readRoomFragment, type Role, roomFragment, roles } from "./room-link.ts";

describe("a link to a room", () => {
  test("[RL1] what goes in comes out, in 60 characters, or 114 with a hub", () => {
    const secrets = uint8Array({ minLength: 16, maxLength: 16 });
    const addresses = record({
      host: ipV4(),
      port: integer({ min: 1, max: 65_535 }),
      certificate: uint8Array({ minLength: 32, maxLength: 32 }),
    });
    assert(
      property(secrets, secrets, constantFrom(...roles), (room, secret, role) => {
        const link = { room: toBase64Url(room), role, secret: new Uint8Array(secret) };
        const text = roomFragment(link);
        expect(text.length).toBeLessThanOrEqual(60);
        expect(readRoomFragment(text)).toEqual(link);
      }),
    );
    assert(
      property(secrets, addresses, (secret, { certificate, ...at }) => {
        const hub = { ...at, certificate: new Uint8Array(certificate) };
        const link = {
          room: toBase64Url(secret),
          role: "compute",
          secret: new Uint8Array(secret),
          hub,
        } as const;
        const text = roomFragment(link);
        expect(text.length).toBeLessThanOrEqual(114);
        expect(readRoomFragment(text)).toEqual(link);
        for (const broken of [text.slice(0, -1), `${text}A`, `${text}&d=`, text.replace("&d=", "&e=")])
          expect(() => readRoomFragment(broken)).toThrow(expect.objectContaining({ code: "room/link" }));
      }),
    );
  });

  test("[RL2] any other text is none, or is said to be broken", () => {
    const text = roomFragment({
      room: toBase64Url(new Uint8Array(16)),
      role: "compute",
      secret: newSecret(),
    });
    for (let end = 3; end < text.length; end++)
      expect(() => readRoomFragment(text.slice(0, end))).toThrow(
        expect.objectContaining({ code: "room/link" }),
      );
    assert(
      property(string({ maxLength: 80 }), (more) => {
        expect(readRoomFragment(`#g=${more}`)).toBeUndefined();
        try {
          const read = readRoomFragment(`#r=${more}`);
          expect(read === undefined ? "" : roomFragment(read)).toBe(`#r=${more}`);
        } catch (error) {
          expect(error).toMatchObject({ code: "room/link" });
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("[RL3] base64url: there and back, and nothing else", () => {
    assert(
      property(uint8Array({ maxLength: 40 }), (bytes) => {
        expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
      }),
    );
    for (const text of ["a", "a=", "+/", "ab c", "AB"]) expect(() => fromBase64Url(text)).toThrow(Fault);
  });
});

interface Handshake {
  readonly seen: Seen;
  readonly guestProof: GuestProof;
  readonly hostProof: HostProof;
}

const secrets: Record<Role, Uint8Array<ArrayBuffer>> = {
  view: newSecret(),
  edit: newSecret(),
  compute: newSecret(),
};
let [host, guest, stranger]: Identity[] = [];

beforeAll(async () => {
  [host, guest, stranger] = await Promise.all([newIdentity(), newIdentity(), newIdentity()]);
});

function known(identity: Identity | undefined): Identity {
  if (identity === undefined) throw new Error("no identity");
  return identity;
}

async function honest(
  role: Role = "compute",
  ends: readonly [string, string] = ["AA:01", "BB:02"],
): Promise<Handshake> {
  const [mine, theirs] = [known(guest), known(host)];
  const [guestEnd, hostEnd] = ends;
  const seen = { room: theirs.id, guest: newHello(mine), host: newHello(theirs), guestEnd, hostEnd };
  const link = { room: theirs.id, role, secret: secrets[role] };
  return { seen, guestProof: await guestProof(mine, seen, link), hostProof: await hostProof(theirs, seen) };
}

/** What either side says of a handshake: who the guest is, or the first fault. */
async function judged(
  seenByHost: Seen,
  seenByGuest: Seen,
  proofs: { readonly guestProof: GuestProof; readonly hostProof: HostProof },
): Promise<string> {
  try {
    await checkHost(seenByGuest);
    await checkHostProof(seenByGuest, proofs.hostProof);
    const { id, role } = await checkGuest(seenByHost, proofs.guestProof, (wanted) => secrets[wanted]);
    return `${id} ${role}`;
  } catch (error) {
    return error instanceof Fault ? error.code : String(error);
  }
}

describe("a handshake", () => {
  test("[RH1] an honest guest is known by its key and role", async () => {
    for (const role of roles) {
      const { seen, ...proofs } = await honest(role);
      expect(await judged(seen, seen, proofs)).toBe(`${known(guest).id} ${role}`);
    }
  });

  test("[RH2] a changed character anywhere is refused: 400 of them", async () => {
    const { seen, ...proofs } = await honest();
    const fields = [
      ["guest", "key"],
      ["guest", "nonce"],
      ["host", "key"],
      ["host", "nonce"],
      ["guestProof", "signature"],
      ["guestProof", "knows"],
      ["hostProof", "signature"],
    ] as const;
    await assert(
      asyncProperty(
        record({
          field: constantFrom(...fields),
          at: integer({ min: 0, max: 200 }),
          by: integer({ min: 1, max: 255 }),
        }),
        async ({ field: [of, name], at, by }) => {
          const all: Record<string, Record<string, string>> = {
            ...structuredClone({ ...proofs, guest: seen.guest, host: seen.host }),
          } as never;
          const part = all[of] ?? {};
          const bytes = fromBase64Url(part[name] ?? "");
          bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ by;
          part[name] = toBase64Url(bytes);
          const changed = {
            ...seen,
            guest: all["guest"] as never as Hello,
            host: all["host"] as never as Hello,
          };
          const said = await judged(changed, changed, {
            guestProof: all["guestProof"] as never,
            hostProof: all["hostProof"] as never,
          });
          expect(said).toMatch(/^room\/(proof|host)$/u);
        },
      ),
      { numRuns: 400 },
    );
  });

  test("[RH3] someone between the two has other ends on each side", async () => {
    const { seen, ...proofs } = await honest();
    const other = { ...seen, guestEnd: "CC:03", hostEnd: "DD:04" };
    expect(await judged(seen, other, proofs)).toBe("room/proof");
    expect(await judged(other, seen, proofs)).toBe("room/proof");
    expect(await judged({ ...seen, guestEnd: seen.hostEnd, hostEnd: seen.guestEnd }, seen, proofs)).toBe(
      "room/proof",
    );
  });

  test("[RH4] proofs of another handshake, of another role, or of the other side are none", async () => {
    const [first, second] = [await honest("view"), await honest("compute")];
    expect(await judged(first.seen, first.seen, { ...first, guestProof: second.guestProof })).toBe(
      "room/proof",
    );
    expect(await judged(first.seen, first.seen, { ...first, hostProof: second.hostProof })).toBe(
      "room/proof",
    );
    expect(
      await judged(first.seen, first.seen, { ...first, guestProof: { ...first.guestProof, role: "edit" } }),
    ).toBe("room/proof");
    const mirrored = { ...first.guestProof, signature: first.hostProof.signature };
    expect(await judged(first.seen, first.seen, { ...first, guestProof: mirrored })).toBe("room/proof");
  });

  test("[RH5] who has the link of one role cannot have another", async () => {
    const { seen } = await honest();
    const forged = await guestProof(known(guest), seen, {
      room: seen.room,
      role: "edit",
      secret: secrets.compute,
    });
    expect(
      await judged(seen, seen, { guestProof: forged, hostProof: await hostProof(known(host), seen) }),
    ).toBe("room/proof");
  });

  test("[RH6] another host is not the one that the link names, whatever it signs", async () => {
    const { seen, ...proofs } = await honest();
    const false_ = { ...seen, host: newHello(known(stranger)) };
    const signed = await hostProof(known(stranger), false_);
    expect(await judged(seen, false_, { ...proofs, hostProof: signed })).toBe("room/host");
    const borrowed = { ...seen, host: { ...newHello(known(stranger)), key: seen.host.key } };
    expect(
      await judged(seen, borrowed, { ...proofs, hostProof: await hostProof(known(stranger), borrowed) }),
    ).toBe("room/proof");
  });

  test("[RH7] pages of other versions are told so", async () => {
    const { seen, ...proofs } = await honest();
    const newer = { ...seen, host: { ...seen.host, protocol: protocol + 1 } };
    expect(await judged(seen, newer, proofs)).toBe("room/protocol");
    await expect(checkHost(newer)).rejects.toMatchObject({
      hint: expect.stringContaining("This page is older") as string,
    });
  });

  test("[RH8] noise is no handshake", () => {
    for (const value of [
      null,
      {},
      [],
      { protocol: "1" },
      { protocol: 1, key: 1, nonce: "" },
      { protocol: 1, key: "k".repeat(400), nonce: "" },
    ])
      expect(() => aHello(value, "hello")).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^decode\//u) as string }),
      );
    expect(() => aGuestProof({ signature: "", role: "host", knows: "" }, "proof")).toThrow(Fault);
  });

  test("[RH9] a key that was kept is the same identity, and its private half stays inside", async () => {
    const kept = await identityOf(structuredClone(known(guest).pair));
    expect(kept.id).toBe(known(guest).id);
    const taken = crypto.subtle.exportKey("pkcs8", kept.pair.privateKey).then(
      () => "taken",
      () => "refused",
    );
    expect(await taken).toBe("refused");
  });
});
