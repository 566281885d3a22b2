import type { TensorType } from "@tilebook/ir";
import { afterEach, describe, expect, test } from "vitest";
import { broadcast } from "../sbp/sbp.ts";
import { openPeers, type Peers } from "../testing/peers.ts";
import type { ContentShelf } from "./content-shelf.ts";
import { contentHash } from "./content-hash.ts";
import type { GlobalTensor } from "./group.ts";

const opened: Peers[] = [];
afterEach(() => opened.splice(0).forEach((peers) => peers.close()));

const mebibyte = 2 ** 20;
const type: TensorType = { dtype: "f32", shape: [mebibyte / 4] };

/** A tensor of a MiB: numbers that count from `first`. */
function bytesOf(first: number): Uint8Array {
  return new Uint8Array(Float32Array.from({ length: mebibyte / 4 }, (_, at) => first + at).buffer);
}

/** A driver and a worker that may hold so many MiB. */
async function open(mebibytes = 16): Promise<{
  readonly peers: Peers;
  readonly put: (first: number, as?: TensorType) => Promise<GlobalTensor>;
  /** MiB of streams that were sent to the worker so far. */
  readonly sent: () => number;
}> {
  const peers = await openPeers(2, { budgetBytes: mebibytes * mebibyte });
  opened.push(peers);
  return {
    peers,
    put: (first, as = type) => peers.group.put(bytesOf(first), as, broadcast),
    sent: () => Math.round(peers.linkOf(0, 1).traffic.sent.payload / mebibyte),
  };
}

/** Now: what the group says by links comes a little later. */
function free(peers: Peers, { name }: GlobalTensor): void {
  for (const worker of peers.workers) worker.free(name);
}

async function firstOf(peers: Peers, { name }: GlobalTensor): Promise<number | undefined> {
  const bytes = await peers.workers[1]?.read(name);
  return new Float32Array(bytes?.slice().buffer ?? new ArrayBuffer(0))[0];
}

describe("tensors that were sent before", () => {
  test("[TS1] the same bytes go over the link once, also when they were freed meanwhile", async () => {
    const { peers, put, sent } = await open();
    const first = await put(5);
    expect(sent()).toBe(1);
    const second = await put(5);
    expect(sent()).toBe(1);
    expect(peers.workers[1]?.memory).toEqual({ tensors: 2, bytes: mebibyte });
    free(peers, first);
    expect(await firstOf(peers, second)).toBe(5);
    free(peers, second);
    const third = await put(5);
    expect(sent()).toBe(1);
    expect(await firstOf(peers, third)).toBe(5);
    await put(6);
    expect(sent()).toBe(2);
  });

  test("[TS2] what is only remembered makes room, the longest unused first; what is held never does", async () => {
    const { peers, put, sent } = await open(4);
    const held = await put(0);
    for (const first of [1, 2, 3]) free(peers, await put(first));
    expect(sent()).toBe(4);
    const more = await put(4);
    // That took the place of 1.
    free(peers, await put(2));
    free(peers, await put(3));
    expect(sent()).toBe(5);
    free(peers, await put(1));
    expect(sent()).toBe(6);
    expect(await firstOf(peers, held)).toBe(0);
    expect(peers.workers[1]?.memory.bytes).toBe(2 * mebibyte);
    free(peers, more);
  });

  test("[TS3] what is held for others fills the budget, however much is remembered beside it", async () => {
    const { peers, put } = await open(2);
    for (const first of [1, 2, 3, 4]) free(peers, await put(first));
    await Promise.all([put(5), put(6)]);
    await expect(put(7)).rejects.toMatchObject({ code: "mesh/full" });
  });

  test("[TS8] no more is remembered than is wanted", async () => {
    const peers = await openPeers(2, { budgetBytes: 16 * mebibyte, rememberedBytes: 2 * mebibyte });
    opened.push(peers);
    const again = async (first: number): Promise<void> =>
      free(peers, await peers.group.put(bytesOf(first), type, broadcast));
    for (const first of [1, 2, 3]) await again(first);
    for (const first of [3, 2, 1]) await again(first);
    expect(Math.round(peers.linkOf(0, 1).traffic.sent.payload / mebibyte)).toBe(4);
  });

  test("[TS4] the same bytes as another type are another tensor", async () => {
    const { put, sent } = await open();
    await put(1);
    await put(1, { dtype: "f32", shape: [mebibyte / 8, 2] });
    await put(1, { dtype: "i32", shape: [mebibyte / 4] });
    expect(sent()).toBe(3);
  });

  test("[TS5] bytes of another hash are refused, and leave no room taken", async () => {
    const { peers } = await open();
    const hash = await contentHash(bytesOf(1));
    const sending = peers.linkOf(0, 1).send({ kind: "put", name: "x", type, hash }, bytesOf(2));
    await expect(sending).rejects.toMatchObject({ code: "mesh/lie" });
    expect(peers.workers[1]?.memory).toEqual({ tensors: 0, bytes: 0 });
    const asking = await peers.linkOf(0, 1).send({ kind: "have", name: "x", type, hash }, new Uint8Array(0));
    expect(asking).toBe(false);
  });

  test("[TS6] with the device goes what was remembered, and what is held is freed once", async () => {
    const { peers, put, sent } = await open();
    const held = await put(1);
    free(peers, await put(2));
    peers.workers[1]?.forget();
    await put(2);
    await put(1);
    expect(sent()).toBe(4);
    free(peers, held);
    await put(3);
    expect(peers.workers[1]?.memory).toEqual({ tensors: 3, bytes: 3 * mebibyte });
  });

  test("[TS9] what a shelf keeps need not be sent to the next worker either, unless it is not what was asked for", async () => {
    const kept = new Map<string, Uint8Array>();
    const shelf: ContentShelf = {
      get: (hash) => Promise.resolve(kept.get(hash)),
      offer: (hash, bytes) => void kept.set(hash, bytes.slice()),
    };
    const visit = async (
      first: number,
    ): Promise<{ readonly read: number | undefined; readonly sent: number }> => {
      const peers = await openPeers(2, { shelf });
      opened.push(peers);
      const tensor = await peers.group.put(bytesOf(first), type, broadcast);
      const sent = Math.round(peers.linkOf(0, 1).traffic.sent.payload / mebibyte);
      return { read: await firstOf(peers, tensor), sent };
    };
    expect(await visit(3)).toEqual({ read: 3, sent: 1 });
    expect(await visit(3)).toEqual({ read: 3, sent: 0 });
    for (const [hash, bytes] of kept) kept.set(hash, bytes.with(7, 1));
    expect(await visit(3)).toEqual({ read: 3, sent: 1 });
  });

  test("[TS7] small tensors are sent without a question", async () => {
    const { peers } = await open();
    const small: TensorType = { dtype: "f32", shape: [16] };
    const before = peers.linkOf(0, 1).traffic.sent.messages;
    await peers.group.put(new Uint8Array(64), small, broadcast);
    const after = peers.linkOf(0, 1).traffic.sent.messages;
    expect(after - before).toBeLessThanOrEqual(2);
  });
});
