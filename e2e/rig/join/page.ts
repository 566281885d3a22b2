import { portableTarget } from "@tilebook/compiler";
import type { Graph } from "@tilebook/ir";
import { broadcast, executorDevice, type PeerNews, aPeerNews, split } from "@tilebook/mesh";
import {
  ComputeRoom,
  defaultPolicy,
  findRelay,
  type KeyId,
  meetBy,
  newIdentity,
  newSecret,
  type Policy,
  relayTopics,
  tabTopics,
} from "@tilebook/mesh/room";
import { openInterpreter } from "@tilebook/runtime";

/* A host as the app's page is one, for the tests of the join page: it has a room whose guests compute, and says who waits and who is in. */

export interface HostDoor {
  /** Opens a room, and gives the fragment of the link for computing. */
  open(options: {
    readonly policy?: Partial<Policy> | undefined;
    /** The relay of its site, too. */
    readonly relay?: boolean;
  }): Promise<string>;
  policy(policy: Partial<Policy>): void;
  /** Names of those who are in, and of those who wait to be. */
  names(): { readonly inside: readonly string[]; readonly waiting: readonly string[] };
  admit(name: string): void;
  decline(name: string): void;
  remove(name: string): void;
  news(): readonly PeerNews[];
  /** How many can be given work. */
  ready(): number;
  /** A product over all who are ready, cut by rows; the sum of its diagonal. */
  multiply(size: number): Promise<number>;
  /** When the first task of each member was done, one after the other: `Date.now`. */
  firstDone(): readonly number[];
  /** Ends the room for all. */
  close(): void;
}

let host: ComputeRoom | undefined;
const firstDone: number[] = [];
let groups = 0;
const heard: PeerNews[] = [];

async function open({ policy = {}, relay }: Parameters<HostDoor["open"]>[0]): Promise<string> {
  const secrets = { view: newSecret(), edit: newSecret(), compute: newSecret() };
  const found = relay === true ? await findRelay(location.href) : undefined;
  const ways = [tabTopics(), ...(found === undefined ? [] : [relayTopics(found.url)])];
  const made = new ComputeRoom({
    keys: { identity: await newIdentity(), secrets },
    rendezvous: meetBy({ ways }),
    policy: { ...defaultPolicy, autoAdmit: true, ...policy },
    device: executorDevice(openInterpreter({ budgetBytes: 2 ** 28, reason: "rig" }), portableTarget),
    budgetBytes: 2 ** 28,
    roles: ["compute"],
  });
  host = made;
  made.room.events.on("message", ({ body }) => heard.push(aPeerNews(body, "news")));
  const begun = new Set<KeyId>();
  made.events.on("changed", () => {
    for (const { id } of made.workers) {
      if (begun.has(id)) continue;
      begun.add(id);
      void multiply(16, [id]).then(() => firstDone.push(Date.now()));
    }
  });
  return made.room.fragment("compute");
}

function there(): ComputeRoom {
  if (host === undefined) throw new Error("no room is open");
  return host;
}

function named(name: string, members: readonly { readonly id: KeyId; readonly name: string }[]): KeyId {
  const found = members.find((member) => member.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found.id;
}

function numbers(count: number, of: (at: number) => number): Uint8Array {
  return new Uint8Array(Float32Array.from({ length: count }, (_, at) => of(at)).buffer);
}

async function multiply(
  size: number,
  ranks: readonly KeyId[] = there().workers.map(({ id }) => id),
): Promise<number> {
  groups += 1;
  const group = await there().group(ranks, `g${groups}`);
  const type = { dtype: "f32", shape: [size, size] } as const;
  const graph: Graph = {
    nodes: [
      { kind: "input", tensor: "a", type },
      { kind: "input", tensor: "b", type },
      { kind: "matmul", left: 0, right: 1, transposeRight: false, type },
    ],
    kernels: [],
    outputs: [2],
  };
  const [left, right] = [
    await group.put(
      numbers(size * size, (at) => (at % 7) - 3),
      type,
      split(0),
    ),
    await group.put(
      numbers(size * size, (at) => (at % 5) - 2),
      type,
      broadcast,
    ),
  ];
  const inputs = new Map([
    ["a", left],
    ["b", right],
  ]);
  const [product] = await group.compute(graph, inputs, { outputs: [split(0)] });
  if (product === undefined) throw new Error("one output");
  const values = new Float32Array((await group.get(product)).slice().buffer);
  for (const tensor of [left, right, product]) group.free(tensor);
  let trace = 0;
  for (let at = 0; at < size; at += 1) trace += values[at * size + at] ?? NaN;
  return trace;
}

const door: HostDoor = {
  open,
  policy: (policy) => {
    const { room } = there();
    room.policy = { ...room.policy, ...policy };
  },
  names: () => ({
    inside: there()
      .room.members.filter(({ state }) => state === "in")
      .map(({ name }) => name),
    waiting: there().room.waiting.map(({ name }) => name),
  }),
  admit: (name) => void there().room.admit(named(name, there().room.waiting)),
  decline: (name) => there().room.decline(named(name, there().room.waiting)),
  remove: (name) => there().room.remove(named(name, there().room.members)),
  news: () => heard,
  ready: () => there().workers.length,
  multiply: (size) => multiply(size),
  firstDone: () => firstDone,
  close: () => there().close(),
};

Object.assign(window, { host: door });
