import type { Random } from "@tilebook/base";
import { Seal } from "../meet/seal.ts";
import { fromBase64Url, toBase64Url } from "../room/base64url.ts";
import { checkSignal, signSignal, type Ways } from "../room/edge-proof.ts";
import { guestProof, type Hello, hostProof, newHello, protocol, type Seen } from "../room/handshake.ts";
import { newSecret, type Role, type RoomLink, roles } from "../room/room-link.ts";
import type { Signal } from "../room/room-words.ts";
import type { GuestWord, HostWord } from "../room/words.ts";
import { atGuest, atHost, type Cast, converse, type Ends, honestEnds } from "./door-scene.ts";

/**
 * Plays one attack, and says whether whoever was attacked believed it. Without `lie` the same is played by honest people, and has to be believed: so it is
 * the lie, and nothing else, that is refused.
 */
export type Attack = (cast: Cast, random: Random, lie: boolean) => Promise<boolean>;

const linkOf = ({ host, secrets }: Cast, role: Role = "compute"): RoomLink => ({
  room: host.id,
  role,
  secret: secrets[role],
});
const otherLinkOf = ({ otherHost, otherSecrets }: Cast, role: Role = "compute"): RoomLink => ({
  room: otherHost.id,
  role,
  secret: otherSecrets[role],
});
const atOtherHost = ({ otherHost, otherSecrets }: Cast, ends?: Ends): ReturnType<typeof atHost> =>
  atHost({ host: otherHost, secrets: otherSecrets }, ends);

function one<T>(random: Random, of: readonly T[]): T {
  const found = of[Math.floor(random() * of.length)];
  if (found === undefined) throw new Error("nothing to choose from");
  return found;
}

function end(random: Random): string {
  return `SHA-256 ${toBase64Url(Uint8Array.from({ length: 32 }, () => random() * 256))}`;
}

/** Another text of the same form: one of its bytes is another. */
function changed(text: string, random: Random): string {
  const bytes = fromBase64Url(text);
  const at = Math.floor(random() * bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 + Math.floor(random() * 255));
  return toBase64Url(bytes);
}

/** Changes a text somewhere inside a word. */
function withChange<T>(word: T, path: readonly string[], random: Random): T {
  const copy = structuredClone(word);
  let part = copy as Record<string, unknown>;
  for (const key of path.slice(0, -1)) part = part[key] as Record<string, unknown>;
  const last = path.at(-1) ?? "";
  part[last] = changed(String(part[last]), random);
  return copy;
}

/** All that two honest people said to each other. */
async function recorded(
  cast: Cast,
  role: Role = "compute",
  ends: Ends = honestEnds,
): Promise<{ readonly byGuest: readonly GuestWord[]; readonly byHost: readonly HostWord[] }> {
  const [guest, host] = [atGuest(cast.guest, linkOf(cast, role), ends), atHost(cast, ends)];
  await converse(guest, host);
  return { byGuest: guest.said, byHost: host.said };
}

const isProof = ({ kind }: GuestWord): boolean => kind === "proof";

/** What goes on at a door, by what is wrong. */
const atTheDoor: Readonly<Record<string, Attack>> = {
  "someone between the two, with ends of his own": async (cast, random, lie) => {
    const [mine, yours] = [end(random), end(random)];
    const { guestEnd, hostEnd } = honestEnds;
    const seenByHost = one<Ends>(random, [
      { guestEnd: mine, hostEnd },
      { guestEnd: mine, hostEnd: yours },
      { guestEnd: hostEnd, hostEnd: guestEnd },
      { guestEnd, hostEnd: yours },
    ]);
    const guest = atGuest(cast.guest, linkOf(cast));
    const host = atHost(cast, lie ? seenByHost : honestEnds);
    await converse(guest, host);
    return guest.accepted() || host.accepted();
  },
  "a guest's whole handshake, again": async (cast, random, lie) => {
    const [guest, host] = [atGuest(cast.guest, linkOf(cast)), atHost(cast)];
    await converse(guest, host);
    if (!lie) return host.accepted();
    const again = atHost(cast, one(random, [honestEnds, { ...honestEnds, hostEnd: end(random) }]));
    for (const word of guest.said) await again.hear(word);
    return again.accepted();
  },
  "a guest's proof of another time": async (cast, _, lie) => {
    const before = await recorded(cast);
    const [guest, host] = [atGuest(cast.guest, linkOf(cast)), atHost(cast)];
    const old = before.byGuest.find(isProof);
    await converse(guest, host, (word) => [lie && word.kind === "proof" ? old : word]);
    return host.accepted();
  },
  "a host's words of another time": async (cast, random, lie) => {
    const before = await recorded(cast);
    const [guest, host] = [atGuest(cast.guest, linkOf(cast)), atHost(cast)];
    if (!lie) await converse(guest, host);
    const skipped = Math.floor(random() * 2);
    if (lie) for (const word of before.byHost.slice(skipped)) await guest.hear(word);
    return guest.accepted();
  },
  "a role that the link is not for": async (cast, random, lie) => {
    const [has, wants] = one<readonly [Role, Role]>(random, [
      ["view", "compute"],
      ["view", "edit"],
      ["compute", "edit"],
      ["edit", "compute"],
    ]);
    const link = linkOf(cast, has);
    const signsFor = one(random, [has, wants]);
    const guest = atGuest(cast.mallory, lie ? { ...link, role: signsFor } : link);
    const host = atHost(cast);
    await converse(guest, host, (word) =>
      lie && word.kind === "proof" ? [{ ...word, proof: { ...word.proof, role: wants } }] : [word],
    );
    return lie ? host.guest()?.role === wants : host.guest()?.role === has;
  },
  "a link whose secret is another's": async (cast, random, lie) => {
    const secret = one(random, [
      newSecret(),
      cast.otherSecrets.compute,
      cast.secrets.view,
      cast.secrets.edit,
      new Uint8Array(16),
    ]);
    const host = atHost(cast);
    await converse(atGuest(cast.mallory, { ...linkOf(cast), ...(lie && { secret }) }), host);
    return host.accepted();
  },
  "the link or code of another host": async (cast, random, lie) => {
    // The guest means one host, and gets to the other, who may know all secrets of the first.
    const impostor = one(random, [
      atOtherHost(cast),
      atHost({ host: cast.otherHost, secrets: cast.secrets }),
    ]);
    const guest = atGuest(cast.guest, lie ? linkOf(cast) : otherLinkOf(cast));
    await converse(guest, lie ? impostor : atOtherHost(cast));
    return guest.accepted();
  },
  "a host that shows another's key": async (cast, random, lie) => {
    const guest = atGuest(cast.guest, linkOf(cast));
    const host = atHost(lie ? { host: cast.otherHost, secrets: cast.secrets } : cast);
    const key = toBase64Url(cast.host.key);
    await converse(guest, host, (word) =>
      lie && "hello" in word && "proof" in word ? [{ ...word, hello: { ...word.hello, key } }] : [word],
    );
    if (lie && random() < 0.5)
      await guest.hear({ kind: "admitted", role: "compute", line: "l", members: [] });
    return guest.accepted();
  },
  "a proof made for another room": async (cast, random, lie) => {
    // The same guest is on its way into both; someone carries its proof from one to the other.
    const shared = { host: cast.otherHost, secrets: cast.secrets };
    const [there, here] = [atHost(shared), atHost(cast)];
    const guest = atGuest(cast.guest, { ...linkOf(cast), room: lie ? cast.otherHost.id : cast.host.id });
    if (!lie) await converse(guest, here);
    if (lie) {
      await converse(guest, there);
      for (const word of guest.said.slice(random() < 0.5 ? 0 : -2)) await here.hear(word);
    }
    return here.accepted();
  },
  "words that come back to who said them": async (cast, random, lie) => {
    const [guest, host] = [atGuest(cast.guest, linkOf(cast)), atHost(cast)];
    if (!lie) {
      await converse(guest, host);
      return guest.accepted() && host.accepted();
    }
    const times = 1 + Math.floor(random() * 5);
    for (let time = 0; time < times; time++) {
      for (const word of Array.from(host.said)) await host.hear(word);
      for (const word of Array.from(guest.said)) await guest.hear(word);
    }
    return guest.accepted() || host.accepted();
  },
  "a guest's own words in the mouth of a host": async (cast, random, lie) => {
    // Two who knock at the same door: one of them plays the host of the other with what the host signs for it.
    const [victim, mine] = [
      atGuest(cast.guest, linkOf(cast)),
      atHost(cast, lie ? { ...honestEnds, guestEnd: end(random) } : honestEnds),
    ];
    const hello = victim.said[0];
    if (hello?.kind !== "hello") throw new Error("a guest says hello");
    if (!lie) await converse(victim, mine);
    if (lie) {
      await mine.hear({ ...hello, ...(random() < 0.5 && { hello: newHello(cast.mallory) }) });
      for (const word of Array.from(mine.said)) await victim.hear(word);
      await victim.hear({ kind: "admitted", role: "compute", line: "l", members: [] });
    }
    return victim.accepted();
  },
  "words in another order, twice, or not at all": async (cast, random, lie) => {
    const [guest, host] = [atGuest(cast.guest, linkOf(cast)), atHost(cast)];
    const lost = one(random, ["hello of the guest", "hello of the host", "proof of the guest"]);
    await converse(guest, host, (word, from) => {
      if (lie && lost === `${word.kind} of the ${from}`) return [{ kind: "admitted" }].slice(1);
      return random() < 0.5 ? [word, word] : [word];
    });
    if (lie)
      for (const word of one(random, [guest.said.toReversed(), guest.said.slice(1)])) await host.hear(word);
    return host.accepted() && guest.accepted();
  },
  "two handshakes at once, whose words are mixed": async (cast, random, lie) => {
    const ends = lie ? { guestEnd: end(random), hostEnd: end(random) } : honestEnds;
    const guests = [atGuest(cast.guest, linkOf(cast)), atGuest(cast.otherGuest, linkOf(cast), ends)] as const;
    const hosts = [atHost(cast), atHost(cast, ends)] as const;
    const crossed = one(random, ["hello of the host", "proof of the guest", "hello of the guest", "all"]);
    const cursors = [0, 0, 0, 0];
    for (let turn = 0; turn < 40; turn++) {
      const lane = turn % 4;
      const [side, from] =
        lane < 2 ? [guests[lane] ?? guests[0], "guest"] : [hosts[lane - 2] ?? hosts[0], "host"];
      const word = side.said[cursors[lane] ?? 0];
      if (word === undefined) continue;
      cursors[lane] = (cursors[lane] ?? 0) + 1;
      const cross = lie && (crossed === "all" || crossed === `${word.kind} of the ${from}`);
      const to = cross ? 1 - (lane % 2) : lane % 2;
      await (from === "guest" ? hosts : guests)[to]?.hear(word);
    }
    return [...guests, ...hosts].some((side) => side.accepted());
  },
  "a byte that is another": async (cast, random, lie) => {
    const [guest, host] = [atGuest(cast.guest, linkOf(cast)), atHost(cast)];
    const [who, kind, ...path] = one<readonly string[]>(random, [
      ["guest", "hello", "hello", "key"],
      ["guest", "hello", "hello", "nonce"],
      ["guest", "proof", "proof", "signature"],
      ["guest", "proof", "proof", "knows"],
      ["host", "hello", "hello", "key"],
      ["host", "hello", "hello", "nonce"],
      ["host", "hello", "proof", "signature"],
    ]);
    await converse(guest, host, (word, from) =>
      lie && from === who && word.kind === kind ? [withChange(word, path, random)] : [word],
    );
    return guest.accepted() || host.accepted();
  },
  "another version, made to look like ours": async (cast, random, lie) => {
    const [guest, host] = [atGuest(cast.guest, linkOf(cast)), atHost(cast)];
    const number = one(random, [protocol - 1, protocol + 1, 1_000]);
    const who = one(random, ["guest", "host"]);
    const other = (word: { readonly hello: Hello }): object => ({
      ...word,
      hello: { ...word.hello, protocol: number },
    });
    await converse(guest, host, (word, from) => [
      lie && from === who && "hello" in word ? other(word) : word,
    ]);
    return guest.accepted() && host.accepted();
  },
  "who signs for someone else": async (cast, random, lie) => {
    // Mallory has the link, and says the guest's key. She signs with her own, and has the guest's words of before.
    const before = (await recorded(cast)).byGuest.find(isProof);
    const host = atHost(cast);
    const hello = newHello(lie ? cast.guest : cast.mallory);
    await host.hear({ kind: "hello", hello, name: "Ada", page: "p" });
    const answer = host.said.find((word) => word.kind === "hello");
    if (answer?.kind !== "hello") return false;
    const seen: Seen = { room: cast.host.id, guest: hello, host: answer.hello, ...honestEnds };
    const own = await guestProof(cast.mallory, seen, linkOf(cast));
    const old = before?.kind === "proof" ? before.proof.signature : "";
    const signature = one(random, [own.signature, old, (await hostProof(cast.mallory, seen)).signature]);
    await host.hear({ kind: "proof", proof: lie ? { ...own, signature } : own });
    return host.accepted();
  },
};

const said = (random: Random, kind: Signal["kind"] = "offer"): Pick<Signal, "session" | "kind" | "body"> => ({
  session: end(random).slice(8, 30),
  kind,
  body: `v=0\r\na=fingerprint:sha-256 ${end(random)}\r\n`,
});

async function believed(ways: Ways, signal: Signal): Promise<boolean> {
  return checkSignal(ways, signal).then(
    () => true,
    () => false,
  );
}

/** Signals of links between guests, which the host passes on. */
const overTheHost: Readonly<Record<string, Attack>> = {
  "a description for another receiver, of another room or sender": async (cast, random, lie) => {
    const ways: Ways = { room: cast.host.id, from: cast.guest.id, to: cast.otherGuest.id };
    const wrong = one<Ways>(random, [
      { ...ways, to: cast.mallory.id },
      { ...ways, from: cast.mallory.id },
      { ...ways, room: cast.otherHost.id },
      { ...ways, from: ways.to, to: ways.from },
    ]);
    return believed(lie ? wrong : ways, await signSignal(cast.guest, ways, said(random)));
  },
  "a description whose fingerprint, session or kind is another": async (cast, random, lie) => {
    const ways: Ways = { room: cast.host.id, from: cast.guest.id, to: cast.otherGuest.id };
    const signal = await signSignal(cast.guest, ways, said(random));
    const changes = one<Partial<Signal>>(random, [
      { body: said(random).body },
      { session: said(random).session },
      { kind: one(random, ["call", "answer", "candidate"]) },
      { body: `${signal.body}a=x\r\n` },
      // What one part ends with, the next begins with.
      { session: signal.session.slice(0, -1), body: `${signal.session.slice(-1)}${signal.body}` },
      { signature: changed(signal.signature, random) },
    ]);
    return believed(ways, lie ? { ...signal, ...changes } : signal);
  },
  "a description that someone else signs": async (cast, random, lie) => {
    const ways: Ways = { room: cast.host.id, from: cast.guest.id, to: cast.otherGuest.id };
    const signal = await signSignal(lie ? cast.mallory : cast.guest, ways, said(random));
    const key = one(random, [signal.key, toBase64Url(cast.guest.key), toBase64Url(cast.host.key)]);
    return believed(ways, lie ? { ...signal, key } : signal);
  },
};

/** What a relay, or who listens there, can do with what is sealed. */
const overTheRelay: Readonly<Record<string, Attack>> = {
  "what was sealed for another place, or by another secret": async (cast, random, lie) => {
    const secret = lie
      ? one(random, [cast.otherSecrets.compute, cast.secrets.view, newSecret()])
      : cast.secrets.compute;
    const sealed = await (await Seal.of(secret)).close("topic", said(random).body);
    return (await (await Seal.of(cast.secrets.compute)).open("topic", sealed)) !== undefined;
  },
  "what was sealed, changed, cut, joined or moved": async (cast, random, lie) => {
    const seal = await Seal.of(cast.secrets[one(random, roles)]);
    const [sealed, other] = [
      await seal.close("a", said(random).body),
      await seal.close("b", said(random).body),
    ];
    const wrong = one(random, [
      changed(sealed, random),
      sealed.slice(0, Math.floor(random() * sealed.length)),
      other,
      sealed.slice(0, 16) + other.slice(16),
      `${sealed}AAAA`,
      "",
    ]);
    return (await seal.open("a", lie ? wrong : sealed)) !== undefined;
  },
};

/** All of them, by name. */
export const attacks: Readonly<Record<string, Attack>> = { ...atTheDoor, ...overTheHost, ...overTheRelay };
