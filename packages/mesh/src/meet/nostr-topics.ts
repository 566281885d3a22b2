import { anArray, anObject, aString, decodeJson, type Decoder } from "@tilebook/base";
import { createEvent, defaultRelayUrls, subscribe } from "@trystero-p2p/nostr";
import { mostText, type Topics } from "./topics.ts";

/** Public relays that let anyone pass short notes on. Some of them are down at any time, so several are used. */
export const publicRelays: readonly string[] = defaultRelayUrls;

/** Kept short: these relays are other people's. Guests call this often, hosts half as often. */
const every = 30_000;
const firstRetry = 2_000;
const lastRetry = 120_000;
/** A relay that refuses a note is left alone for so long, and twice as long the next time. */
const firstRest = 60_000;
/** The same note comes from several relays. */
const mostSeen = 1_000;

const aNote = anObject({
  id: aString(64),
  content: aString(2 * mostText),
  tags: anArray(anArray(aString(300), 10), 10),
});
const anything: Decoder<unknown[]> = (value, path) =>
  Array.isArray(value) ? value : anArray(aString(0), 0)(value, path);

/** Topics as short-lived notes of Nostr (NIP-01) at any of these relays. */
export function nostrTopics(urls: readonly string[] = publicRelays.slice(0, 6)): Topics {
  const heard = new Map<string, Set<(text: string) => void>>();
  const seen = new Set<string>();
  const hear = (event: unknown): void => {
    const { id, content, tags } = aNote(event, "note");
    if (seen.has(id)) return;
    seen.add(id);
    const [oldest] = seen;
    if (seen.size > mostSeen && oldest !== undefined) seen.delete(oldest);
    const topic = tags.find(([name]) => name === "x")?.[1] ?? "";
    for (const listener of Array.from(heard.get(topic) ?? [])) listener(content);
  };
  const relays = urls.map((url) => new NostrRelay(url, { topics: () => heard.keys(), hear }));
  return {
    every,
    subscribe: async (topic, listener) => {
      const listeners = heard.get(topic) ?? new Set();
      heard.set(topic, listeners.add(listener));
      for (const relay of relays) relay.listen(topic);
      // One that answers is enough; the others follow as they come.
      await Promise.race(relays.map((relay) => relay.isOpen));
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        heard.delete(topic);
        for (const relay of relays) relay.leave(topic);
      };
    },
    publish: (topic, text) => {
      createEvent(topic, text).then(
        (event) => relays.forEach((relay) => relay.publish(event)),
        () => undefined,
      );
    },
    close: () => relays.forEach((relay) => relay.close()),
  };
}

interface NostrRelayOptions {
  /** What is to be listened to, when a connection is made again. */
  readonly topics: () => Iterable<string>;
  readonly hear: (event: unknown) => void;
}

class NostrRelay {
  readonly isOpen: Promise<void>;
  readonly #url: string;
  readonly #options: NostrRelayOptions;
  #socket: WebSocket | undefined;
  #opened: () => void = () => undefined;
  #retry = firstRetry;
  #rest = firstRest;
  #restsUntil = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string, options: NostrRelayOptions) {
    this.#url = url;
    this.#options = options;
    this.isOpen = new Promise((resolve) => (this.#opened = resolve));
    this.#connect();
  }

  listen(topic: string): void {
    // As the library asks, but for the time: clocks of two devices differ, and notes of this kind are not kept anyway.
    const [kind, name, filter] = JSON.parse(subscribe(nameOf(topic), topic)) as [string, string, object];
    this.#send(JSON.stringify([kind, name, { ...filter, since: undefined }]));
  }

  leave(topic: string): void {
    this.#send(JSON.stringify(["CLOSE", nameOf(topic)]));
  }

  publish(event: string): void {
    if (Date.now() >= this.#restsUntil) this.#send(event);
  }

  close(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #send(text: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  #connect(): void {
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.#retry = firstRetry;
      for (const topic of this.#options.topics()) this.listen(topic);
      this.#opened();
    });
    socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => this.#hear(data));
    socket.addEventListener("close", () => {
      if (this.#socket !== socket) return;
      this.#timer = setTimeout(() => this.#connect(), this.#retry);
      this.#retry = Math.min(2 * this.#retry, lastRetry);
    });
  }

  #hear(data: unknown): void {
    if (typeof data !== "string") return;
    try {
      const [kind, , body] = decodeJson(anything, data, 4 * mostText);
      if (kind === "EVENT") this.#options.hear(body);
      if (kind !== "OK" || body !== false) return;
      this.#restsUntil = Date.now() + this.#rest;
      this.#rest *= 2;
    } catch {
      // It says something else, or nothing that anyone understands.
    }
  }
}

/** Relays want short names for what one listens to. */
function nameOf(topic: string): string {
  return topic.slice(0, 60);
}
