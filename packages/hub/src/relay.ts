import type { IncomingMessage, Server } from "node:http";
import type { Server as SecureServer } from "node:https";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { Board, type Line, mostMessage } from "./board.ts";

const mostPages = 2_000;

/** Where pages find it, below the address of the site. */
export const relayPath = "/relay";

/** A board for the pages of a site, over WebSockets. Only pages of the same site may use it. */
export class Relay {
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: mostMessage,
    perMessageDeflate: false,
  });
  readonly #board: Board;

  constructor(board: Board = new Board()) {
    this.#board = board;
  }

  /** Pages that are connected. */
  get pages(): number {
    return this.#sockets.clients.size;
  }

  /** Topics that somebody listens to. */
  get topics(): number {
    return this.#board.topics;
  }

  /** Answers at `relayPath` of this server. One relay may have several. */
  attach(server: Server | SecureServer): void {
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on("error", () => socket.destroy());
      if (request.url?.split("?", 1)[0] !== relayPath) {
        // Vite's own, where it serves sources, is somebody else's.
        if (server.listenerCount("upgrade") === 1) socket.destroy();
        return;
      }
      if (!isOfThisSite(request) || this.pages >= mostPages) return void socket.destroy();
      this.#sockets.handleUpgrade(request, socket, head, (one) => this.#open(one));
    });
  }

  close(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
  }

  #open(socket: WebSocket): void {
    const line: Line = {
      send: (text) => socket.send(text),
      waiting: () => socket.bufferedAmount,
      end: () => socket.terminate(),
    };
    const seat = this.#board.join(line);
    seat.open();
    socket.on("message", (data) => seat.hear(Buffer.isBuffer(data) ? data.toString("utf8") : ""));
    socket.on("error", () => socket.terminate());
    socket.on("close", () => seat.leave());
  }
}

/** What a site says of itself to its pages. */
export interface SiteFacts {
  /** What other devices of the network open, if it is not the address that this page has. */
  readonly address?: string | undefined;
  /** The hub beside it (`hubCode`). */
  readonly hub?: string | undefined;
}

/** What `relayPath` says, so that a page can tell whether its site has a relay. */
export function relayAnswer({ address, hub }: SiteFacts): string {
  return JSON.stringify({ tilebook: "relay", version: 1, address, hub });
}

/** A browser always says whose page it is. */
function isOfThisSite({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}
