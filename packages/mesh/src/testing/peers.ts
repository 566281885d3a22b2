import { realClock } from "@tilebook/base";
import { portableTarget } from "@tilebook/compiler";
import { openInterpreter } from "@tilebook/runtime";
import { Asks } from "../run/asks.ts";
import type { ContentShelf } from "../run/content-shelf.ts";
import { type Device, executorDevice } from "../run/device.ts";
import { Group } from "../run/group.ts";
import { PeerWorker } from "../run/worker.ts";
import type { LinkCosts } from "../sbp/link-costs.ts";
import type { Accept } from "../transport/inbox.ts";
import type { Channels } from "../transport/lanes.ts";
import { Link } from "../transport/link.ts";
import { simulatedPair } from "./simulated-channel.ts";

/** Peers in one process, all linked with each other; the first one drives. */
export interface Peers {
  readonly group: Group;
  readonly workers: readonly PeerWorker[];
  readonly linkOf: (from: number, to: number) => Link;
  /** Bytes of values that all ranks received. */
  readonly moved: () => number;
  readonly close: () => void;
}

export interface PeersOptions {
  readonly budgetBytes?: number;
  readonly rememberedBytes?: number;
  readonly shelf?: ContentShelf;
  readonly device?: (rank: number, plain: Device) => Device;
  readonly linkCosts?: () => LinkCosts | undefined;
  /** Connects two of them; by default channels that take no time. */
  readonly connect?: (a: Link, b: Link) => Promise<unknown>;
}

export async function openPeers(count: number, options: PeersOptions = {}): Promise<Peers> {
  const names = Array.from({ length: count }, (_, rank) => `p${rank}`);
  const asks = new Asks();
  const workers = names.map((_, rank) => openWorker(rank, options));
  const links = workers.map((worker, from) =>
    names.map((peer) => {
      const accept = worker.acceptFrom(peer);
      return openLink(from === 0 ? asks.accept(peer, accept) : accept);
    }),
  );
  const linkOf = (from: number, to: number): Link => links[from]?.[to] ?? fail(`${from} to ${to}`);
  for (const [a, worker] of workers.entries()) {
    for (const [b, other] of workers.entries()) {
      if (b <= a) continue;
      await (options.connect ?? connectNow)(linkOf(a, b), linkOf(b, a));
      worker.connect(`p${b}`, linkOf(a, b));
      other.connect(`p${a}`, linkOf(b, a));
    }
  }
  const [worker = fail("p0")] = workers;
  const link = (peer: string): Link => linkOf(0, names.indexOf(peer));
  const costs = options.linkCosts === undefined ? {} : { linkCosts: options.linkCosts };
  const group = new Group({ ranks: names, self: "p0", worker, link, asks, name: "g", ...costs });
  const moved = (): number => workers.reduce((sum, one) => sum + one.moved.received, 0);
  const close = (): void => links.flat().forEach((one) => one.close());
  return { group, workers, linkOf, moved, close };
}

function openWorker(
  rank: number,
  { device, budgetBytes = 2 ** 26, rememberedBytes = budgetBytes, shelf }: PeersOptions,
): PeerWorker {
  const plain = executorDevice(openInterpreter({ budgetBytes: 2 ** 28, reason: "test" }), portableTarget);
  return new PeerWorker({
    device: device?.(rank, plain) ?? plain,
    budgetBytes,
    rememberedBytes,
    ...(shelf === undefined ? {} : { shelf }),
    drives: (peer) => peer === "p0",
  });
}

function openLink(accept: Accept): Link {
  return new Link({ clock: realClock, accept, heard: () => undefined, lost: () => undefined });
}

function connectNow(a: Link, b: Link): Promise<void> {
  const [control, bulk] = [simulatedPair(realClock, 0).ends, simulatedPair(realClock, 0).ends];
  a.attach(channels(control[0], bulk[0]));
  b.attach(channels(control[1], bulk[1]));
  return Promise.resolve();
}

function channels(control: Channels["control"], bulk: Channels["control"]): Channels {
  return { control, bulk: [bulk] };
}

function fail(what: string): never {
  throw new Error(`no peer ${what}`);
}
