import type { IncomingMessage, Server } from "node:http";
import type { Server as SecureServer } from "node:https";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";

/** What one page may do. A host with 300 guests who come at once is below it. */
const limits = {
  /** Bytes of a message: a topic, and a text of 16 KB as JSON. */
  message: 40 * 1024,
  topic: 200,
  topics: 64,
  /** Messages a second for long, and how many a page may be ahead. */
  rate: 500,
  burst: 4_000,
  /** Bytes that wait for a page that does not read. */
  waiting: 4 * 2 ** 20,
  pages: 2_000,
} as const;

/** Where pages find it, below the address of the site. */
export const relayPath = "/relay";

/** Who listens to what. */
type Topics = Map<string, Set<Page>>;

interface Page {
  readonly socket: WebSocket;
  readonly topics: Set<string>;
  left: number;
  since: number;
}

/**
 * Passes texts on among pages that listen to a topic: `["listen", topic]`, `["leave", topic]`, `["say", topic, text]`; they hear `["said", topic, text]`. It
 * knows nothing else, keeps nothing, and cuts off who does more than its limits. Only pages of the same site may use it.
 */
export class Relay {
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.message,
    perMessageDeflate: false,
  });
  readonly #topics: Topics = new Map();

  /** Pages that are connected. */
  get pages(): number {
    return this.#sockets.clients.size;
  }

  /** Topics that somebody listens to. */
  get topics(): number {
    return this.#topics.size;
  }

  /** Answers at `relayPath` of this server. One relay may have several. */
  attach(server: Server | SecureServer): void {
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (new URL(request.url ?? "", "http://x").pathname !== relayPath) return;
      if (!isOfThisSite(request) || this.pages >= limits.pages) return void socket.destroy();
      this.#sockets.handleUpgrade(request, socket, head, (one) => this.#open(one));
    });
  }

  close(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
  }

  #open(socket: WebSocket): void {
    const page: Page = { socket, topics: new Set(), left: limits.burst, since: Date.now() };
    socket.on("message", (data) => {
      if (!isPaced(page) || !take(page, data, this.#topics)) socket.terminate();
    });
    socket.on("error", () => socket.terminate());
    socket.on("close", () => {
      for (const topic of page.topics) leave(page, topic, this.#topics);
    });
  }
}

/** What `relayPath` says, so that a page can tell whether its site has a relay, and which address of the site others can open. */
export function relayAnswer(address: string | undefined): string {
  return JSON.stringify({ tilebook: "relay", version: 1, ...(address === undefined ? {} : { address }) });
}

/** False where it is no word of a page, or one too many. */
function take(page: Page, data: RawData, topics: Topics): boolean {
  const [kind, topic, text] = wordOf(data);
  if (topic === undefined || topic.length > limits.topic) return false;
  if (kind === "listen") return listen(page, topic, topics);
  if (kind === "leave") return leave(page, topic, topics);
  if (kind !== "say" || text === undefined) return false;
  const said = JSON.stringify(["said", topic, text]);
  for (const other of topics.get(topic) ?? []) {
    if (other === page) continue;
    if (other.socket.bufferedAmount > limits.waiting) other.socket.terminate();
    else other.socket.send(said);
  }
  return true;
}

function listen(page: Page, topic: string, topics: Topics): boolean {
  if (page.topics.size >= limits.topics) return false;
  page.topics.add(topic);
  const listeners = topics.get(topic) ?? new Set();
  topics.set(topic, listeners.add(page));
  return true;
}

function leave(page: Page, topic: string, topics: Topics): true {
  page.topics.delete(topic);
  const listeners = topics.get(topic);
  listeners?.delete(page);
  if (listeners?.size === 0) topics.delete(topic);
  return true;
}

function wordOf(data: RawData): readonly (string | undefined)[] {
  try {
    const word: unknown = JSON.parse(Buffer.isBuffer(data) ? data.toString("utf8") : "");
    return Array.isArray(word) ? word.map((part) => (typeof part === "string" ? part : undefined)) : [];
  } catch {
    return [];
  }
}

function isPaced(page: Page): boolean {
  const now = Date.now();
  page.left = Math.min(limits.burst, page.left + ((now - page.since) * limits.rate) / 1_000) - 1;
  page.since = now;
  return page.left >= 0;
}

/** A browser always says whose page it is. */
function isOfThisSite({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}
