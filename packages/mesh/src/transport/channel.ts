/** What transport needs of one data channel: whole messages, in order, each once, and word of how much still waits to be sent. */
export interface Channel {
  send(bytes: Uint8Array<ArrayBuffer>): void;
  /** Bytes that were given to `send` and are not on their way yet. */
  readonly waiting: number;
  /** Calls `listener` when `waiting` has come down to the low mark. */
  onRoom(listener: () => void): void;
  /** Gives messages to `listener`, and to no other from now on. */
  onMessage(listener: (bytes: Uint8Array) => void): void;
  /** Calls `listener` once, when the channel is closed by either side. */
  onClose(listener: () => void): void;
  close(): void;
}

/**
 * A sender fills a channel up to the high mark and goes on below the low one. More does not make a transfer faster
 * (256 KB to 15 MB were equal) and lets control messages wait longer.
 */
export const highMark: number = 256 * 1024;
export const lowMark: number = 128 * 1024;

/** What a channel keeps of what comes before anyone listens: the other side may be the first to know that it can send. */
const mostEarly = 2 * 1024 * 1024;

/** A `RTCDataChannel` of a browser, from before it is open. */
export function dataChannel(channel: RTCDataChannel): Channel {
  channel.binaryType = "arraybuffer";
  channel.bufferedAmountLowThreshold = lowMark;
  const heard = new Heard(mostEarly, () => channel.close());
  channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (data instanceof ArrayBuffer) heard.hear(new Uint8Array(data));
  });
  return {
    send: (bytes) => {
      try {
        channel.send(bytes);
      } catch {
        // It is closed, and says so in a moment; or it is so full that it is of no use.
        channel.close();
      }
    },
    get waiting() {
      return channel.bufferedAmount;
    },
    onRoom: (listener) => channel.addEventListener("bufferedamountlow", listener),
    onMessage: (listener) => heard.to(listener),
    onClose: (listener) => channel.addEventListener("close", listener, { once: true }),
    close: () => channel.close(),
  };
}

/** Passes messages on, once there is someone to pass them to. */
export class Heard {
  readonly #most: number;
  readonly #tooMuch: () => void;
  #early: Uint8Array[] = [];
  #bytes = 0;
  #listener: ((bytes: Uint8Array) => void) | undefined;

  constructor(most: number, tooMuch: () => void) {
    this.#most = most;
    this.#tooMuch = tooMuch;
  }

  hear(bytes: Uint8Array): void {
    if (this.#listener !== undefined && this.#early.length === 0) return this.#listener(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes > this.#most) return this.#tooMuch();
    this.#early.push(bytes);
  }

  /** Messages go to this listener from now on. What came before comes a moment later, when its owner is ready for it. */
  to(listener: (bytes: Uint8Array) => void): void {
    this.#listener = listener;
    if (this.#early.length > 0) queueMicrotask(() => this.#catchUp());
  }

  #catchUp(): void {
    const early = this.#early;
    this.#early = [];
    this.#bytes = 0;
    for (const bytes of early) this.#listener?.(bytes);
  }
}
