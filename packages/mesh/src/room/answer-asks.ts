import { type Clock, decode, realClock } from "@tilebook/base";
import { aHostAsks, type HostAsks, type PeerAnswer } from "../run/peer-news.ts";
import { probe } from "../run/probe.ts";
import type { LinkSeen } from "../run/seen-links.ts";
import type { PeerWorker } from "../run/worker.ts";
import { mostMessage } from "../transport/link.ts";
import type { LinkSpeed } from "../transport/throttle.ts";
import type { GuestRoom } from "./guest-room.ts";

/** Bytes of a list in an answer, which is one message with a few words around it. */
const mostList = mostMessage - 1_024;

export interface AnswerOptions {
  readonly clock?: Clock;
  /** Hears how slow the host has made the links of this page; as they are, where nothing is said. */
  readonly slowed?: (speed: LinkSpeed) => void;
}

/** Has a guest do what its host asks of its links: tell what went over them and how fast they are, and make them slower. Returns what ends that. */
export function answerAsks(room: GuestRoom, worker: PeerWorker, options: AnswerOptions = {}): () => void {
  return room.events.on("message", (message) => {
    const asks = decode(aHostAsks, message, "message");
    answerTo(asks, { room, worker, ...options })
      .then((answer) => room.tell(answer))
      // The host goes on without an answer, as where the link is gone.
      .catch(() => undefined);
  });
}

interface Answering extends AnswerOptions {
  readonly room: GuestRoom;
  readonly worker: PeerWorker;
}

async function answerTo(
  asks: HostAsks,
  { room, worker, slowed, clock = realClock }: Answering,
): Promise<PeerAnswer> {
  const { ask } = asks;
  switch (asks.kind) {
    case "count": {
      const from = Array.from(worker.movedFrom, ([peer, bytes]) => ({ peer, bytes }));
      const most = fitting(from.toSorted((a, b) => b.bytes - a.bytes));
      return { kind: "counted", ask, from: most, other: worker.otherBytes };
    }
    case "links":
      return { kind: "links", ask, links: fitting(await seenBy(worker, asks, clock)) };
    case "slow": {
      const { peers, speed } = asks;
      room.slow(peers, speed);
      slowed?.(speed);
      return { kind: "slowed", ask };
    }
  }
}

/** As many of the first of these as a message has room for. */
function fitting<T>(list: readonly T[]): readonly T[] {
  let left = mostList;
  return list.filter((one) => (left -= JSON.stringify(one).length + 1) >= 0);
}

/** What a worker has seen of its links to these peers; with `probes`, after it has sent a little over all of them at once, and of that alone. */
export async function seenBy(
  worker: PeerWorker,
  { peers, probes }: { readonly peers: readonly string[]; readonly probes: boolean },
  clock: Clock,
): Promise<readonly LinkSeen[]> {
  const links = peers.flatMap((peer) => {
    const link = worker.links.get(peer);
    return link === undefined ? [] : [{ peer, link }];
  });
  const since = clock.now();
  if (probes)
    await probe(
      links.map(({ link }) => link),
      clock,
    );
  return links.map(({ peer, link: { delivery, roundTrip } }) => {
    const rate = probes ? delivery.rateSince(since) : delivery.rate;
    const trip = delivery.trip ?? roundTrip;
    return {
      peer,
      ...(trip === undefined ? {} : { roundTrip: trip }),
      ...(rate === undefined ? {} : { rate }),
    };
  });
}
