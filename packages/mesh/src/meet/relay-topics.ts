import { anArray, anObject, aString, decodeJson, type Decoder, oneOf, optional } from "@tilebook/base";
import { mostText, type Topics } from "./topics.ts";

/**
 * What is said to a relay: `["listen", topic]`, `["leave", topic]`, `["say", topic, text]`; and what it says: `["said", topic, text]`.
 */
const aWord: Decoder<string[]> = anArray(aString(mostText), 3);

const firstRetry = 500;
const lastRetry = 10_000;

/** Topics of a relay, as `npx tilebook serve` has one, to which it connects now. A connection that ends is made again. */
export function relayTopics(url: string): Topics {
  return new RelayTopics(url);
}

class RelayTopics implements Topics {
  readonly every = 2_000;
  readonly #url: string;
  readonly #heard = new Map<string, Set<(text: string) => void>>();
  #socket: WebSocket | undefined;
  readonly #open: Promise<void>;
  #retry = firstRetry;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string) {
    this.#url = url;
    // Whoever asks for topics is about to use them, and has other things to do first.
    this.#open = this.#connect();
  }

  async subscribe(topic: string, heard: (text: string) => void): Promise<() => void> {
    const listeners = this.#heard.get(topic) ?? new Set();
    this.#heard.set(topic, listeners);
    listeners.add(heard);
    // Nothing is said where there is no connection yet: then it is said once there is.
    this.#say(["listen", topic]);
    await this.#open;
    return () => {
      listeners.delete(heard);
      if (listeners.size > 0) return;
      this.#heard.delete(topic);
      this.#say(["leave", topic]);
    };
  }

  publish(topic: string, text: string): void {
    this.#say(["say", topic, text]);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#heard.clear();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #say(word: readonly string[]): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(word));
  }

  /** Resolves when it is there for the first time, however long that takes. */
  #connect(): Promise<void> {
    return new Promise((resolve) => {
      const attempt = (): void => {
        const socket = new WebSocket(this.#url);
        this.#socket = socket;
        socket.addEventListener("open", () => {
          this.#retry = firstRetry;
          for (const topic of this.#heard.keys()) this.#say(["listen", topic]);
          resolve();
        });
        socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => this.#hear(data));
        socket.addEventListener("close", () => {
          if (this.#socket !== socket) return;
          this.#timer = setTimeout(attempt, this.#retry);
          this.#retry = Math.min(2 * this.#retry, lastRetry);
        });
      };
      attempt();
    });
  }

  /** A relay is nobody to be trusted: what is no word of it is nothing. */
  #hear(data: unknown): void {
    if (typeof data !== "string") return;
    try {
      const [kind, topic = "", text = ""] = decodeJson(aWord, data, 3 * mostText);
      if (kind === "said") for (const heard of Array.from(this.#heard.get(topic) ?? [])) heard(text);
    } catch {
      // It says something else.
    }
  }
}

export interface FoundRelay {
  /** For `relayTopics`. */
  readonly url: string;
  /** The address at which other devices of this network open the site, should it not be this page's own. */
  readonly address: string | undefined;
}

const anAnswer = anObject({
  tilebook: oneOf("relay"),
  version: oneOf(1),
  address: optional(aString(300)),
});

/** The relay of the site at `base` (`npx tilebook serve` has one), if there is one. */
export async function findRelay(base: string): Promise<FoundRelay | undefined> {
  const url = new URL("/relay", base);
  try {
    const answer = await fetch(url);
    const { address } = decodeJson(anAnswer, await answer.text(), 1_000);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return { url: url.href, address };
  } catch {
    return undefined;
  }
}
