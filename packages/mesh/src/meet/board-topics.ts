import { anArray, aString, decodeJson, type Decoder } from "@tilebook/base";
import { mostText, type Topics } from "./topics.ts";

/** What is said to a board: `["listen", topic]`, `["leave", topic]`, `["say", topic, text]`; and what it says: `["said", topic, text]`, `["turn", url, username, password]`. */
const aWord: Decoder<string[]> = anArray(aString(mostText), 4);

const firstRetry = 500;
const lastRetry = 10_000;

/** A connection to a board that is being made. */
export interface BoardLine {
  /** Nothing happens before it is open. */
  say(text: string): void;
  close(): void;
}

export interface BoardEvents {
  readonly opened: () => void;
  readonly heard: (data: unknown) => void;
  /** It is over, or has never been; said once. */
  readonly closed: () => void;
}

/** Topics of a board, to which the way is made again whenever it ends. */
export class BoardTopics implements Topics {
  readonly every = 2_000;
  iceServers: readonly RTCIceServer[] = [];
  readonly #dial: (events: BoardEvents) => BoardLine;
  readonly #heard = new Map<string, Set<(text: string) => void>>();
  #line: BoardLine | undefined;
  readonly #open: Promise<void>;
  #retry = firstRetry;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(dial: (events: BoardEvents) => BoardLine) {
    this.#dial = dial;
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
    this.#over = true;
    clearTimeout(this.#timer);
    this.#heard.clear();
    this.#line?.close();
  }

  #say(word: readonly string[]): void {
    this.#line?.say(JSON.stringify(word));
  }

  /** Resolves when it is there for the first time, however long that takes. */
  #connect(): Promise<void> {
    return new Promise((resolve) => {
      const attempt = (): void => {
        this.#line = this.#dial({
          opened: () => {
            this.#retry = firstRetry;
            for (const topic of this.#heard.keys()) this.#say(["listen", topic]);
            resolve();
          },
          heard: (data) => this.#hear(data),
          closed: () => {
            if (this.#over) return;
            this.#timer = setTimeout(attempt, this.#retry);
            this.#retry = Math.min(2 * this.#retry, lastRetry);
          },
        });
      };
      attempt();
    });
  }

  /** A board is nobody to be trusted: what is no word of it is nothing. */
  #hear(data: unknown): void {
    if (typeof data !== "string") return;
    try {
      const [kind, topic = "", text = "", more = ""] = decodeJson(aWord, data, 3 * mostText);
      if (kind === "turn" && isTurn(topic))
        this.iceServers = [{ urls: topic, username: text, credential: more }];
      if (kind === "said") for (const heard of Array.from(this.#heard.get(topic) ?? [])) heard(text);
    } catch {
      // It says something else.
    }
  }
}

/** A server for relaying at an address (IPv4), and nothing else that a browser would take. */
function isTurn(url: string): boolean {
  return /^turn:\d{1,3}(?:\.\d{1,3}){3}:\d{1,5}\?transport=udp$/u.test(url);
}
