/** Bytes of a new stream that may be sent before the receiver has said anything. */
export const initialWindow: number = 256 * 1024;
/** The most that a receiver lets one stream be ahead of what it has taken. */
const mostWindow: number = 8 * 2 ** 20;
/** Streams that one peer may have open. */
export const mostStreams = 64;
/** What all windows of a link may be larger than at first, together. So one peer costs at most this and `mostStreams` first windows. */
const growth: number = 16 * 2 ** 20;

/** Gives out the windows of one link's incoming streams. */
export class Windows {
  #left = growth;

  /** A window twice as large, or as it is where it cannot be. */
  grown(window: number): number {
    const more = Math.min(window, mostWindow - window);
    if (more <= 0 || more > this.#left) return window;
    this.#left -= more;
    return window + more;
  }

  /** A stream has ended: what its window had grown by is free again. */
  release(window: number): void {
    this.#left += window - initialWindow;
  }
}
