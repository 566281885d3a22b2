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
} as const;

/** The most bytes that a page may say at once. */
export const mostMessage: number = limits.message;

/** The way to a page, whatever it is connected by. */
export interface Line {
  send(text: string): void;
  /** Bytes that wait for the page to read them. */
  waiting(): number;
  /** Cuts it off. */
  end(): void;
}

/** One page's place at the board. */
export interface Seat {
  /** It can be said something from now on. */
  open(): void;
  /** The page has said something. Who says what is no word of a page is cut off. */
  hear(text: string): void;
  /** The page is gone. */
  leave(): void;
}

/** A server by which pages reach each other that do not see each other, and how one of them shows that it may: in the words of `RTCIceServer`. */
export interface Switch {
  readonly url: string;
  credential(): { readonly username: string; readonly password: string };
}

/** Milliseconds until a page is given the next credential. */
const greetEvery = 20 * 60_000;

interface Page {
  readonly line: Line;
  readonly topics: Set<string>;
  left: number;
  since: number;
}

/**
 * Passes texts on among pages that listen to a topic: `["listen", topic]`, `["leave", topic]`, `["say", topic, text]`; they hear `["said", topic, text]`, and, where there is
 * a switch, `["turn", url, username, password]`. It knows nothing else, keeps nothing, and cuts off who does more than its limits.
 */
export class Board {
  readonly #topics = new Map<string, Set<Page>>();
  readonly #switch: Switch | undefined;

  constructor(to?: Switch) {
    this.#switch = to;
  }

  /** Topics that somebody listens to. */
  get topics(): number {
    return this.#topics.size;
  }

  join(line: Line): Seat {
    const page: Page = { line, topics: new Set(), left: limits.burst, since: performance.now() };
    let timer: ReturnType<typeof setInterval> | undefined;
    let isGone = false;
    return {
      open: () => {
        if (isGone) return;
        this.#greet(line);
        timer = setInterval(() => this.#greet(line), greetEvery);
      },
      hear: (text) => {
        if (isGone) return;
        if (text.length > limits.message || !isPaced(page) || !this.#take(page, text)) line.end();
      },
      leave: () => {
        isGone = true;
        clearInterval(timer);
        for (const topic of page.topics) this.#leave(page, topic);
      },
    };
  }

  #greet(line: Line): void {
    if (this.#switch === undefined) return;
    const { username, password } = this.#switch.credential();
    line.send(JSON.stringify(["turn", this.#switch.url, username, password]));
  }

  /** False where it is no word of a page, or one too many. */
  #take(page: Page, word: string): boolean {
    const [kind, topic, text] = wordOf(word);
    if (topic === undefined || topic.length > limits.topic) return false;
    if (kind === "listen") return this.#listen(page, topic);
    if (kind === "leave") return this.#leave(page, topic);
    if (kind !== "say" || text === undefined) return false;
    const said = JSON.stringify(["said", topic, text]);
    for (const { line } of Array.from(this.#topics.get(topic) ?? []).filter((other) => other !== page)) {
      if (line.waiting() > limits.waiting) line.end();
      else line.send(said);
    }
    return true;
  }

  #listen(page: Page, topic: string): boolean {
    if (page.topics.size >= limits.topics) return false;
    page.topics.add(topic);
    const listeners = this.#topics.get(topic) ?? new Set();
    this.#topics.set(topic, listeners.add(page));
    return true;
  }

  #leave(page: Page, topic: string): true {
    page.topics.delete(topic);
    const listeners = this.#topics.get(topic);
    listeners?.delete(page);
    if (listeners?.size === 0) this.#topics.delete(topic);
    return true;
  }
}

function wordOf(text: string): readonly (string | undefined)[] {
  try {
    const word: unknown = JSON.parse(text);
    return Array.isArray(word) ? word.map((part) => (typeof part === "string" ? part : undefined)) : [];
  } catch {
    return [];
  }
}

function isPaced(page: Page): boolean {
  const now = performance.now();
  page.left = Math.min(limits.burst, page.left + ((now - page.since) * limits.rate) / 1_000) - 1;
  page.since = now;
  return page.left >= 0;
}
