/** A map that forgets what was longest unused once it holds more than `most` entries. */
export class Lru<K, V> {
  readonly #most: number;
  readonly #entries = new Map<K, V>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Longest unused first. */
  get values(): readonly V[] {
    return Array.from(this.#entries.values());
  }

  /** The value of `key`, made by `make` when it is not there. */
  get(key: K, make: () => V): V {
    const found = this.#entries.get(key);
    const value = found ?? make();
    this.#entries.delete(key);
    this.#entries.set(key, value);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#most && oldest !== undefined) this.#entries.delete(oldest);
    return value;
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }
}
