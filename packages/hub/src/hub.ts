import { createSocket } from "node:dgram";
import { Fault } from "@tilebook/base";
import { type HubAddress, hubChannel, pageOffer, pagePassword } from "@tilebook/mesh/hub";
import { type DataChannel, IceUdpMuxListener, type IceUdpMuxRequest, PeerConnection } from "node-datachannel";
import { Admission, type HubPlace } from "./admission.ts";
import { Board, type Line } from "./board.ts";
import type { HubCertificate } from "./certificate.ts";

export interface HubOptions {
  /** An address of this machine (IPv4). */
  readonly host: string;
  /** Of UDP; 0 takes any that is free. */
  readonly port: number;
  readonly certificate: HubCertificate;
  /** The same as that of a relay, so that pages of either kind meet. */
  readonly board?: Board;
}

/** A connection that has not opened its channel by then, in milliseconds, is nobody's. */
const patience = 10_000;

/** A board for pages of any site, over WebRTC, at one UDP port: a page needs nothing but the address and the hash of the certificate (`direct-sdp.ts`). */
export class Hub {
  readonly address: HubAddress;
  readonly #pem: string;
  readonly #board: Board;
  readonly #listener: IceUdpMuxListener;
  readonly #admission = new Admission();
  readonly #open = new Set<() => void>();

  private constructor({ host, certificate, board = new Board() }: HubOptions, port: number) {
    this.address = { host, port, certificate: certificate.hash };
    this.#pem = certificate.pem;
    this.#board = board;
    this.#listener = new IceUdpMuxListener(port, host);
    this.#listener.onUnhandledStunRequest((request) => this.#meet(request));
  }

  /** Fault `hub/port` where the port is taken. */
  static async start(options: HubOptions): Promise<Hub> {
    const port = await freePort(options.host, options.port);
    try {
      return new Hub(options, port);
    } catch (cause) {
      throw new Fault("hub/port", `UDP port ${port} of ${options.host} cannot be opened`, { cause });
    }
  }

  /** Pages that are connected, or about to be. */
  get pages(): number {
    return this.#open.size;
  }

  close(): void {
    for (const end of Array.from(this.#open)) end();
    this.#listener.stop();
  }

  /**
   * The first packet of a page. Anyone can send such packets, from any address: they are counted before anything is made for them. The library ends the process
   * where one of the functions that it is given throws.
   */
  #meet({ localUfrag, ufrag, host }: IceUdpMuxRequest): void {
    const password = pagePassword(localUfrag, ufrag);
    if (password === undefined) return;
    let end: (() => void) | undefined;
    const place = this.#admission.take(localUfrag, host, () => end?.());
    if (place === undefined) return;
    try {
      const connection = this.#connection();
      end = this.#serve(connection, place);
      connection.setRemoteDescription(pageOffer(ufrag, password), "offer");
      connection.setLocalDescription("answer", { iceUfrag: localUfrag, icePwd: localUfrag });
    } catch {
      end?.();
      place.left();
    }
  }

  #connection(): PeerConnection {
    const { host, port } = this.address;
    return new PeerConnection("page", {
      iceServers: [],
      enableIceUdpMux: true,
      bindAddress: host,
      portRangeBegin: port,
      portRangeEnd: port,
      disableAutoNegotiation: true,
      disableFingerprintVerification: true,
      certificatePemFile: this.#pem,
      keyPemFile: this.#pem,
    });
  }

  /** Gives what ends it. */
  #serve(connection: PeerConnection, place: HubPlace): () => void {
    const { label, init } = hubChannel;
    const channel = connection.createDataChannel(label, { negotiated: true, id: init.id ?? 0 });
    const end = (): void => {
      if (!this.#open.delete(end)) return;
      clearTimeout(timer);
      seat.leave();
      place.left();
      connection.close();
    };
    const seat = this.#board.join(lineOf(channel, end));
    const timer = setTimeout(end, patience);
    this.#open.add(end);
    channel.onOpen(() => {
      clearTimeout(timer);
      place.opened();
      seat.open();
    });
    channel.onMessage((data) => seat.hear(typeof data === "string" ? data : ""));
    channel.onClosed(end);
    connection.onDataChannel(end);
    connection.onStateChange((state) => ["failed", "closed", "disconnected"].includes(state) && end());
    return end;
  }
}

/** A channel that is just being closed from the other side cannot be written to. */
function lineOf(channel: DataChannel, end: () => void): Line {
  return {
    send: (text) => {
      try {
        if (channel.isOpen()) channel.sendMessage(text);
      } catch {
        end();
      }
    },
    waiting: () => (channel.isOpen() ? channel.bufferedAmount() : 0),
    end,
  };
}

/** The library does not tell which port it has taken, so one is chosen for it. */
function freePort(host: string, port: number): Promise<number> {
  const socket = createSocket("udp4");
  return new Promise((resolve, reject) => {
    socket.once("error", (cause) => {
      const fault = new Fault("hub/port", `UDP port ${port} of ${host} cannot be opened`, { cause });
      socket.close(() => reject(fault));
    });
    socket.bind(port, host, () => {
      const { port: found } = socket.address();
      socket.close(() => resolve(found));
    });
  });
}
