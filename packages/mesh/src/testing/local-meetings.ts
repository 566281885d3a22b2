import type { Meeting, Place, Rendezvous } from "../meet/rendezvous.ts";
import { joinConnections } from "../transport/connect-here.ts";
import { openChannels } from "../transport/peer-connection.ts";
import { openConnection } from "./web-rtc.ts";

interface Seat {
  readonly place: Place;
  readonly met: (connection: RTCPeerConnection) => void;
  seeking: boolean;
}

/** A rendezvous of one process, over real connections that the test can end. */
export class LocalMeetings implements Rendezvous {
  /** Both ends of each, in the order in which they met; the guest's first. */
  readonly pairs: (readonly [RTCPeerConnection, RTCPeerConnection])[] = [];
  readonly #seats = new Set<Seat>();
  readonly #between: boolean;
  #isOver = false;

  /** With `between`, someone stands between the two: has a connection to each, and passes on all that is said. */
  constructor({ between = false }: { readonly between?: boolean } = {}) {
    this.#between = between;
  }

  join(place: Place, met: (connection: RTCPeerConnection) => void): Meeting {
    const seat: Seat = { place, met, seeking: place.side === "guest" };
    this.#seats.add(seat);
    for (const other of this.#seats) if (other.seeking && other !== seat) this.#look(other);
    if (seat.seeking) this.#look(seat);
    return {
      seek: () => {
        seat.seeking = true;
        this.#look(seat);
      },
      rest: () => (seat.seeking = false),
      close: () => this.#seats.delete(seat),
    };
  }

  /** Ends every connection that there is, as a cut cable does, but sooner. */
  cut(): void {
    for (const pair of this.pairs) for (const connection of pair) connection.close();
  }

  /** The host's page is gone. */
  forgetHosts(): void {
    for (const seat of this.#seats) if (seat.place.side === "host") this.#seats.delete(seat);
  }

  /** Nobody meets any more, and nothing is left open. */
  end(): void {
    this.#isOver = true;
    this.cut();
  }

  #look(guest: Seat): void {
    for (const host of this.#seats) {
      if (host.place.side !== "host" || host.place.role !== guest.place.role) continue;
      if (host.place.room === guest.place.room) this.#connect(guest, host).catch(() => undefined);
    }
  }

  async #connect(guest: Seat, host: Seat): Promise<void> {
    if (this.#isOver) return;
    const pair = await connected();
    this.pairs.push(pair);
    if (this.#isOver) return this.cut();
    if (!this.#between) {
      guest.met(pair[0]);
      return host.met(pair[1]);
    }
    const other = await connected();
    this.pairs.push(other);
    guest.met(pair[0]);
    host.met(other[1]);
    await passOn(pair[1], other[0]);
  }
}

async function passOn(left: RTCPeerConnection, right: RTCPeerConnection): Promise<void> {
  const [a, b] = await Promise.all([openChannels(left), openChannels(right)]);
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const)
    from.control.onMessage((bytes) => to.control.send(bytes.slice()));
}

/** Two connections that are up, with a channel as a library for rendezvous has one. */
async function connected(): Promise<readonly [RTCPeerConnection, RTCPeerConnection]> {
  const pair = [openConnection(), openConnection()] as const;
  await joinConnections(pair, (side, isFirst) => {
    if (!isFirst) return Promise.resolve();
    const channel = side.createDataChannel("data");
    return new Promise<void>((resolve) => {
      channel.addEventListener("open", () => resolve());
    });
  });
  return pair;
}
