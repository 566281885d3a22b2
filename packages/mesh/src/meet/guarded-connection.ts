import { prepareChannels, violation } from "../transport/peer-connection.ts";

/** The most that the library for rendezvous says to its other half after two have met: bytes, and messages. */
const mostBytes = 64 * 1024;
const mostMessages = 200;

/** A class of connections. */
export type ConnectionClass = typeof RTCPeerConnection;

/** Connections whose channels that we did not open are watched. */
export interface Guarded {
  readonly Connection: ConnectionClass;
  /**
   * The connection is ours from now on: nobody hears the other channels any more, so that what a peer says there costs nothing. Who says much there, or opens
   * more channels, is cut off: the connection hears an event `violation`, and is closed.
   */
  readonly take: (connection: RTCPeerConnection) => void;
}

/** Connections are made with what `configuration` says then, whoever makes them. */
export function guardedConnections(
  configuration: () => RTCConfiguration,
  Plain: ConnectionClass = RTCPeerConnection,
): Guarded {
  const foreign = new WeakMap<RTCPeerConnection, RTCDataChannel[]>();
  const taken = new WeakSet<RTCPeerConnection>();
  class Connection extends Plain {
    constructor() {
      super(configuration());
      this.addEventListener("datachannel", ({ channel }) => this.#note(channel));
    }

    override createDataChannel(label: string, options?: RTCDataChannelInit): RTCDataChannel {
      const channel = super.createDataChannel(label, options);
      if (options?.negotiated !== true) this.#note(channel);
      return channel;
    }

    #note(channel: RTCDataChannel): void {
      if (taken.has(this)) return end(this);
      foreign.set(this, [...(foreign.get(this) ?? []), channel]);
      // Once its channel is open, the library tells the other side that it is there. Ours are to be, too.
      const prepare = (): void => prepareChannels(this);
      if (channel.readyState === "open") prepare();
      else channel.addEventListener("open", prepare, { once: true });
    }
  }
  const take = (connection: RTCPeerConnection): void => {
    taken.add(connection);
    for (const channel of foreign.get(connection) ?? []) silence(connection, channel);
  };
  return { Connection, take };
}

/** The one that says more than it may is to be found out by who has the connection. */
function end(connection: RTCPeerConnection): void {
  connection.dispatchEvent(new Event(violation));
  connection.close();
}

function silence(connection: RTCPeerConnection, channel: RTCDataChannel): void {
  // The library listens by this.
  // oxlint-disable-next-line unicorn/prefer-add-event-listener
  channel.onmessage = null;
  let [bytes, messages] = [0, 0];
  channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    bytes += data instanceof ArrayBuffer ? data.byteLength : typeof data === "string" ? data.length : 0;
    messages += 1;
    if (bytes > mostBytes || messages > mostMessages) end(connection);
  });
}

/**
 * What the library makes twenty of in advance, of which one page needs none: a connection that is closed from the start, so that it is not kept.
 */
export const NoConnection: ConnectionClass = class {
  readonly connectionState = "closed";
  readonly signalingState = "closed";

  createDataChannel(): object {
    return {};
  }

  addEventListener(): void {
    // Nothing happens.
  }

  close(): void {
    // It is.
  }
} as unknown as ConnectionClass;
