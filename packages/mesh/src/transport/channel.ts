/** What transport needs of one data channel: whole messages, in order, each once, and word of how much still waits to be sent. */
export interface Channel {
  send(bytes: Uint8Array<ArrayBuffer>): void;
  /** Bytes that were given to `send` and are not on their way yet. */
  readonly waiting: number;
  /** Calls `listener` when `waiting` has come down to the low mark. */
  onRoom(listener: () => void): void;
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

/** An open `RTCDataChannel` of a browser. */
export function dataChannel(channel: RTCDataChannel): Channel {
  channel.binaryType = "arraybuffer";
  channel.bufferedAmountLowThreshold = lowMark;
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
    onMessage: (listener) =>
      channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
        if (data instanceof ArrayBuffer) listener(new Uint8Array(data));
      }),
    onClose: (listener) => channel.addEventListener("close", listener, { once: true }),
    close: () => channel.close(),
  };
}
