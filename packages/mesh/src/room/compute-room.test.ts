import { Fault } from "@tilebook/base";
import { portableTarget } from "@tilebook/compiler";
import type { Graph } from "@tilebook/ir";
import { openInterpreter } from "@tilebook/runtime";
import { afterAll, describe, expect, test } from "vitest";
import { type Device, executorDevice } from "../run/device.ts";
import type { Timeline, TimelineEvent } from "../run/figures.ts";
import type { LinkWish } from "../run/link-wish.ts";
import type { PeerNews } from "../run/peer-news.ts";
import { PeerWorker } from "../run/worker.ts";
import { broadcast, split } from "../sbp/sbp.ts";
import { LocalMeetings } from "../testing/local-meetings.ts";
import type { LinkSpeed } from "../transport/throttle.ts";
import { endConnections, openConnection } from "../testing/web-rtc.ts";
import { answerAsks } from "./answer-asks.ts";
import { ComputeRoom } from "./compute-room.ts";
import { GuestRoom } from "./guest-room.ts";
import { newIdentity } from "./identity.ts";
import { newSecret } from "./room-link.ts";

const budgetBytes = 2 ** 24;

afterAll(async () => {
  // What is said last is given a moment to leave.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  endConnections();
});

function openDevice(): ReturnType<typeof executorDevice> {
  return executorDevice(openInterpreter({ budgetBytes, reason: "test" }), portableTarget);
}

async function openRoom(rendezvous: LocalMeetings): Promise<ComputeRoom> {
  const identity = await newIdentity();
  const secrets = { view: newSecret(), edit: newSecret(), compute: newSecret() };
  const policy = { autoAdmit: true, locked: false, cap: 20 };
  return new ComputeRoom({
    keys: { identity, secrets },
    rendezvous,
    device: openDevice(),
    budgetBytes,
    policy,
  });
}

/** A guest that computes, as the join page has it. */
async function joinRoom(
  { room }: ComputeRoom,
  rendezvous: LocalMeetings,
  name: string,
  {
    device = openDevice(),
    worked,
    ...options
  }: {
    readonly slowed?: (speed: LinkSpeed) => void;
    readonly device?: Device;
    readonly worked?: (worker: PeerWorker) => void;
  } = {},
): Promise<GuestRoom> {
  const worker = new PeerWorker({ device, budgetBytes, drives: (peer) => peer === room.id });
  worked?.(worker);
  const link = { room: room.id, role: "compute", secret: secretIn(room.fragment("compute")) } as const;
  const identity = await newIdentity();
  const accept = (peer: string): ReturnType<PeerWorker["acceptFrom"]> => worker.acceptFrom(peer);
  const guest = new GuestRoom({ identity, link, name, rendezvous, accept, connection: openConnection });
  guest.events.on("linked", ({ id, link: to }) => worker.connect(id, to));
  guest.events.on("state", ({ kind }) => {
    const news: PeerNews = { kind: "ready" };
    if (kind === "in") guest.tell(news);
  });
  answerAsks(guest, worker, options);
  return guest;
}

function secretIn(fragment: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(fragment.split(".").at(-1) ?? "", "base64url"));
}

const x = { dtype: "f32", shape: [6] } as const;
const sum: Graph = {
  nodes: [
    { kind: "input", tensor: "x", type: x },
    { kind: "reduce", op: "sum", input: 0, axis: 0, type: { dtype: "f32", shape: [1] } },
  ],
  kernels: [],
  outputs: [1],
};

describe("a room that computes", { retry: 1 }, () => {
  test("[CR1] the host and two guests compute together, and say what went between them", async () => {
    const meetings = new LocalMeetings();
    const host = await openRoom(meetings);
    const guests = await Promise.all(["ada", "bob"].map((name) => joinRoom(host, meetings, name)));
    await expect.poll(() => host.workers.length, { timeout: 20_000 }).toBe(2);
    const ranks = [host.self, ...host.workers.map(({ id }) => id)];
    const group = await host.group(ranks, "g");
    const given = await group.put(new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer), x, split(0));
    const [total] = await group.compute(sum, new Map([["x", given]]), { outputs: [broadcast] });
    expect(total && new Float32Array((await group.get(total)).slice().buffer)).toEqual(Float32Array.of(21));
    const { edges, framing } = await host.traffic(ranks);
    expect(edges.reduce((bytes, { payload }) => bytes + payload, 0)).toBe(2 * 2 * 4);
    expect(edges.every(({ payload }) => payload === 4)).toBe(true);
    expect(framing).toBeGreaterThan(0);
    // Another notebook calls its group the same.
    const other = await host.group(ranks, "g");
    const more = await other.put(new Uint8Array(Float32Array.of(1, 1, 1, 1, 1, 1).buffer), x, split(0));
    const [less] = await other.compute(sum, new Map([["x", more]]), { outputs: [broadcast] });
    expect(less && new Float32Array((await other.get(less)).slice().buffer)).toEqual(Float32Array.of(6));
    for (const guest of guests) guest.leave();
    await expect.poll(() => host.workers.length, { timeout: 20_000 }).toBe(0);
    host.close();
    meetings.cut();
  });

  test("[CR2] what links cost is found out, and followed when they are made slow: the same tensor for the same bytes, another way", async () => {
    const meetings = new LocalMeetings();
    const host = await openRoom(meetings);
    const heard: LinkSpeed[] = [];
    const guests = await Promise.all(
      ["ada", "bob", "cleo"].map((name) =>
        joinRoom(host, meetings, name, { slowed: (speed) => heard.push(speed) }),
      ),
    );
    await expect.poll(() => host.workers.length, { timeout: 20_000 }).toBe(3);
    const ranks = [host.self, ...host.workers.map(({ id }) => id)];
    let wish: LinkWish = {};
    const group = await host.group(ranks, "g", () => wish);
    expect(host.links.seen.knows(ranks)).toBe(true);
    const values = Float32Array.from({ length: 16_384 }, (_, at) => at);
    const type = { dtype: "f32", shape: [values.length] } as const;
    const copy: Graph = { nodes: [{ kind: "input", tensor: "x", type }], kernels: [], outputs: [0] };
    const given = await group.put(new Uint8Array(values.buffer), type, split(0));
    /** Of an all-gather: in which ways it was done, and the milliseconds until the last bytes were there. */
    const gather = async (): Promise<readonly [ways: string, ms: number]> => {
      let events: readonly TimelineEvent[] = [];
      const before = movedOf(await host.traffic(ranks));
      const timeline = (told: Timeline): void => void (events = told.events);
      const [whole] = await group.compute(copy, new Map([["x", given]]), { outputs: [broadcast], timeline });
      expect(whole && new Float32Array((await group.get(whole)).slice().buffer)).toEqual(values);
      expect(movedOf(await host.traffic(ranks)) - before).toBe(3 * values.byteLength);
      const sent = events.filter(({ kind }) => kind === "send");
      const ways = new Set(sent.map(({ what }) => what.split(" ")[0]));
      return [
        [...ways].join(),
        Math.max(...sent.map(({ end }) => end)) - Math.min(...sent.map(({ start }) => start)),
      ];
    };
    const slow = {
      mbps: 1,
      ms: 20,
      between: [
        [0, 2],
        [1, 3],
      ],
    } as const;
    await host.links.slow(ranks, slow);
    wish = slow;
    expect(heard).toHaveLength(6);
    expect((await gather())[0]).toBe("all-gather.ring");
    wish = { ...slow, collectives: "direct" };
    const [ways, took] = await gather();
    expect(ways).toBe("all-gather.direct");
    // A quarter of the tensor really takes its time on each of the slow edges.
    expect(took).toBeGreaterThan((values.byteLength / 4) * 8e-3 + 20);
    await host.links.slow(ranks, {});
    wish = {};
    expect(heard.slice(-3)).toEqual([{}, {}, {}]);
    await gather();
    await host.links.lookHere(ranks.slice(1));
    expect(ranks.slice(1).every((id) => (host.links.seen.of(id, host.self).rate ?? 0) > 0)).toBe(true);
    await expect(host.links.slow(ranks, { mbps: 0.01 })).rejects.toMatchObject({ code: "mesh/link" });
    for (const guest of guests) guest.leave();
    host.close();
    meetings.cut();
  });

  test("[CR3] what went wrong is known of whose it was, and not of those who were stopped by it", async () => {
    const meetings = new LocalMeetings();
    const host = await openRoom(meetings);
    const broken: Device = {
      ...openDevice(),
      upload: () => "x",
      free: () => undefined,
      run: () => Promise.reject(new Fault("test/broken", "this device is broken")),
    };
    const guests = await Promise.all([
      joinRoom(host, meetings, "ada"),
      joinRoom(host, meetings, "bob", { device: broken }),
    ]);
    await expect.poll(() => host.workers.length, { timeout: 20_000 }).toBe(2);
    const ranks = [host.self, ...host.workers.map(({ id }) => id)];
    const group = await host.group(ranks, "g");
    const given = await group.put(new Uint8Array(24), x, split(0));
    const run = group.compute(sum, new Map([["x", given]]), { outputs: [broadcast] });
    await expect(run).rejects.toMatchObject({ code: "test/broken" });
    const errors = host.workers.map(({ id, name }) => [name, host.lastError(id)] as const);
    expect(new Map(errors)).toEqual(
      new Map([
        ["ada", undefined],
        ["bob", "this device is broken"],
      ]),
    );
    for (const guest of guests) guest.leave();
    host.close();
    meetings.cut();
  });

  test("[CR4] who has more links than a message has room for tells of as many as it has", async () => {
    const meetings = new LocalMeetings();
    const host = await openRoom(meetings);
    let worker: PeerWorker | undefined;
    const guest = await joinRoom(host, meetings, "ada", { worked: (of) => (worker = of) });
    await expect.poll(() => host.workers.length, { timeout: 20_000 }).toBe(1);
    const link = worker?.links.get(host.self);
    await expect.poll(() => link?.roundTrip, { timeout: 20_000 }).toBeGreaterThan(0);
    const others = Array.from({ length: 400 }, (_, at) => `another-of-many-${100_000 + at}`);
    for (const id of others) if (link !== undefined) worker?.connect(id, link);
    const ranks = [...host.workers.map(({ id }) => id), ...others];
    await host.links.look(ranks);
    const known = others.filter((id) => host.links.seen.of(ranks[0] ?? "", id).roundTrip !== undefined);
    expect(known.length).toBeGreaterThan(100);
    expect(known.length).toBeLessThan(400);
    guest.leave();
    host.close();
    meetings.cut();
  });
});

function movedOf({ edges }: Awaited<ReturnType<ComputeRoom["traffic"]>>): number {
  return edges.reduce((bytes, { payload }) => bytes + payload, 0);
}
