import { createTopicStrategy } from "@trystero-p2p/core";
import { toBase64Url } from "../room/base64url.ts";
import { guardedConnections, NoConnection } from "./guarded-connection.ts";
import type { Meeting, Place, Rendezvous } from "./rendezvous.ts";
import { Seal } from "./seal.ts";
import type { Topics } from "./topics.ts";

export interface MeetOptions {
  /** Ways to meet. All are used at once: a link works wherever one of them answers. */
  readonly ways: readonly Topics[];
  /** For connections: `configurationOf(ways)` if nothing is said. */
  readonly configuration?: () => RTCConfiguration;
}

/**
 * How to make connections now, with the servers that these ways offer; none are needed in one network whose devices see each other, or for tabs of one browser. Who
 * is `hidden` connects by such a server only, so that others learn its address and not this device's.
 */
export function configurationOf(ways: readonly Topics[], hidden = false): RTCConfiguration {
  const iceServers = ways.flatMap((way) => way.iceServers ?? []);
  return hidden ? { iceServers, iceTransportPolicy: "relay" } : { iceServers };
}

/** Someone at a place. */
interface Seat {
  readonly side: Place["side"];
  readonly seal: Promise<Seal>;
  seeking: boolean;
  /** Says by each way that it is here, from when the way is open. */
  readonly calls: Map<Topics, () => void>;
  /** When it last did, in milliseconds. */
  readonly called: Map<Topics, number>;
}

type Join = ReturnType<typeof createTopicStrategy<Topics>>;
type Room = ReturnType<Join>;

/** Hosts make themselves known this often, for guests that have missed it. */
const hostEvery = 30_000;
/** The longest that a timer can take: the library closes connections that its rooms do not use any more, and ours are used by nobody but us. */
const never = 2 ** 31 - 1;

/**
 * Rendezvous by Trystero: it finds peers over topics and connects them. All that it says is sealed with the secret. Guests call on a topic that only hosts
 * hear, so that 300 of them do not connect to each other.
 */
export function meetBy({ ways, configuration = () => configurationOf(ways) }: MeetOptions): Rendezvous {
  const seats = new Map<string, Seat>();
  const guarded = guardedConnections(configuration);
  const join = joinOver(ways, seats);
  const sit = (id: string, seat: Seat): Room => {
    seats.set(id, seat);
    // While a room is joined, the library makes connections ahead of need.
    let ahead = true;
    const config = {
      appId: "tilebook",
      get rtcPolyfill() {
        return ahead ? NoConnection : guarded.Connection;
      },
      relayConfig: { warnOnRelayFailure: false },
      _test_only_sharedPeerIdleMs: never,
    };
    const room = join(config, id);
    ahead = false;
    return room;
  };
  return {
    join: (place, met) => {
      const seat: Seat = {
        side: place.side,
        seal: Seal.of(place.secret),
        seeking: place.side === "guest",
        calls: new Map(),
        called: new Map(),
      };
      let room: Room | undefined;
      let closed = false;
      const sitting = nameOf(place).then((id) => {
        if (closed) return;
        room = sit(id, seat);
        room.onPeerJoin = (peer) => {
          const connection = room?.getPeers()[peer];
          if (connection === undefined || closed) return;
          guarded.take(connection);
          met(connection);
        };
      });
      return meetingOf(seat, async () => {
        closed = true;
        await sitting;
        await room?.leave();
      });
    },
  };
}

function meetingOf(seat: Seat, leave: () => Promise<void>): Meeting {
  return {
    seek: () => {
      seat.seeking = true;
      for (const call of seat.calls.values()) call();
    },
    rest: () => {
      seat.seeking = false;
    },
    close: () => {
      seat.seeking = false;
      seat.calls.clear();
      // What it would say to its other half, nobody hears.
      leave().catch(() => undefined);
    },
  };
}

function joinOver(ways: readonly Topics[], seats: ReadonlyMap<string, Seat>): Join {
  return createTopicStrategy<Topics>({
    init: () => [...ways],
    subscribeTopic: (way, topic, heard, { kind, roomId }) => {
      const seat = seats.get(roomId);
      const from = kind === "self" ? topic : `${topic}.${seat?.side === "host" ? "up" : "down"}`;
      return way.subscribe(from, (sealed) => {
        openText(seat, from, sealed)
          .then((text) => text === undefined || heard(topic, text))
          .catch(() => undefined);
      });
    },
    publishTopic: (way, topic, message, { kind, roomId }) => {
      const text = typeof message === "string" ? message : JSON.stringify(message);
      const seat = seats.get(roomId);
      if (seat === undefined) return;
      const say = (to: string): void =>
        void seat.seal.then((seal) => seal.close(to, text)).then((sealed) => way.publish(to, sealed));
      if (kind === "signal") return say(topic);
      const isHost = seat.side === "host";
      const call = (): void => say(`${topic}.${isHost ? "down" : "up"}`);
      // The library calls four times in the first two seconds.
      const early = performance.now() - (seat.called.get(way) ?? -Infinity) < way.every / 2;
      seat.calls.set(way, call);
      if ((isHost || seat.seeking) && !early) {
        seat.called.set(way, performance.now());
        call();
      }
      return { nextAnnounceMs: isHost ? Math.max(hostEvery, 2 * way.every) : way.every };
    },
  });
}

async function openText(seat: Seat | undefined, topic: string, sealed: string): Promise<string | undefined> {
  return (await seat?.seal)?.open(topic, sealed);
}

/** Depends on the secret, so that who has a wrong one finds nobody; and says nothing of it. */
async function nameOf({ room, role, secret }: Place): Promise<string> {
  const bytes = new TextEncoder().encode(`tilebook place 1 ${room} ${role} ${toBase64Url(secret)}`);
  return toBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).subarray(0, 16));
}
