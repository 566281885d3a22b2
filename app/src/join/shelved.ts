interface Kept {
  readonly name: string;
  readonly size: number;
}

interface Index {
  /** The longest unused first. */
  readonly kept: readonly Kept[];
  /** Names that were seen once, the latest last. */
  readonly seen: readonly string[];
}

const mostSeen = 500;

/** Which files are kept, in the order of their use, and what was seen once. Each change is written down at once, since a page may end at any time. */
export class Shelved {
  readonly #key: string;
  readonly #storage: () => Pick<Storage, "getItem" | "setItem">;

  constructor(key: string, storage: () => Pick<Storage, "getItem" | "setItem"> = () => localStorage) {
    this.#key = key;
    this.#storage = storage;
  }

  has(name: string): boolean {
    return this.#read().kept.some((one) => one.name === name);
  }

  /** Whether it was seen before; now it was. */
  seen(name: string): boolean {
    const { kept, seen } = this.#read();
    const others = seen.filter((one) => one !== name);
    this.#write({ kept, seen: [...others, name].slice(-mostSeen) });
    return others.length < seen.length;
  }

  use(name: string): void {
    const { kept, seen } = this.#read();
    const found = kept.filter((one) => one.name === name);
    this.#write({ seen, kept: [...kept.filter((one) => one.name !== name), ...found] });
  }

  add(name: string, size: number): void {
    const { kept, seen } = this.#read();
    this.#write({ seen, kept: [...kept.filter((one) => one.name !== name), { name, size }] });
  }

  drop(name: string): void {
    const { kept, seen } = this.#read();
    this.#write({ seen, kept: kept.filter((one) => one.name !== name) });
  }

  /** What has to go so that the rest is no more than `most` bytes. */
  toMakeRoom(most: number): readonly string[] {
    const { kept } = this.#read();
    let bytes = kept.reduce((sum, { size }) => sum + size, 0);
    const gone: string[] = [];
    for (const { name, size } of kept) {
      if (bytes <= most) break;
      gone.push(name);
      bytes -= size;
    }
    return gone;
  }

  #read(): Index {
    try {
      const said = JSON.parse(this.#storage().getItem(this.#key) ?? "{}") as Partial<Index>;
      const { kept, seen } = said;
      return { kept: Array.isArray(kept) ? kept : [], seen: Array.isArray(seen) ? seen : [] };
    } catch {
      return { kept: [], seen: [] };
    }
  }

  #write(index: Index): void {
    try {
      this.#storage().setItem(this.#key, JSON.stringify(index));
    } catch {
      // Then nothing is kept.
    }
  }
}
