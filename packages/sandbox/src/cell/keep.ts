import type { TensorType } from "@tilebook/ir";

/*
 * How the values of a cell outlive their worker: plain data is copied, a tensor becomes its handle, a kernel its
 * source. Everything else (functions, class instances, promises) cannot be kept, and the cell counts as lost.
 */

/** Most bytes that are kept of one cell, roughly counted. */
export const MOST_KEPT_BYTES: number = 4 << 20;

/** What keeping needs to know about values that are more than plain data. */
export interface Keeper {
  /** The handle and type of a computed tensor. */
  tensor(value: object): { readonly handle: string; readonly type: TensorType } | undefined;
  /** The source of a kernel, with the values it captured. */
  kernel(value: object): { readonly source: object; readonly captured: object } | undefined;
}

export interface Restorer {
  tensor(handle: string, type: TensorType): unknown;
  kernel(source: object, captured: object): unknown;
}

/** Stand-ins are told from plain objects by this one key. */
const MARK = "tilebook:kept";

interface TensorMark {
  readonly [MARK]: "tensor";
  readonly handle: string;
  readonly type: TensorType;
}

interface KernelMark {
  readonly [MARK]: "kernel";
  readonly source: object;
  readonly captured: unknown;
}

export interface KeptValue {
  readonly value: unknown;
  /** Handles of the tensors in it. */
  readonly tensors: readonly string[];
}

class CannotKeep extends Error {}

/** The value with stand-ins, fit for structuredClone; or undefined when a part of it cannot be kept. */
export function keep(value: unknown, keeper: Keeper): KeptValue | undefined {
  const copy = new Copy(keeper);
  try {
    return { value: copy.of(value), tensors: copy.tensors };
  } catch (error) {
    if (error instanceof CannotKeep) return undefined;
    throw error;
  }
}

class Copy {
  readonly tensors: string[] = [];
  readonly #keeper: Keeper;
  readonly #done = new Map<object, unknown>();
  #bytes = 0;

  constructor(keeper: Keeper) {
    this.#keeper = keeper;
  }

  of(value: unknown): unknown {
    if (typeof value === "symbol") throw new CannotKeep();
    if (typeof value === "function") return this.#function(value);
    this.#count(typeof value === "string" ? 2 * value.length : 8);
    if (typeof value !== "object" || value === null) return value;
    const known = this.#done.get(value);
    return known ?? this.#object(value);
  }

  /** Only functions that are kernels can be made again. */
  #function(value: object): unknown {
    const kernel = this.#keeper.kernel(value);
    if (kernel === undefined) throw new CannotKeep();
    return this.#kernel(kernel);
  }

  #kernel({ source, captured }: { readonly source: object; readonly captured: object }): KernelMark {
    return { [MARK]: "kernel", source, captured: this.of(captured) };
  }

  #object(value: object): unknown {
    const special = this.#special(value);
    if (special !== undefined) return special;
    if (Array.isArray(value)) {
      const list: unknown[] = this.#remember(value, []);
      for (const item of value as readonly unknown[]) list.push(this.of(item));
      return list;
    }
    if (value instanceof Map) {
      const map: Map<unknown, unknown> = this.#remember(value, new Map());
      for (const [key, item] of value) map.set(this.of(key), this.of(item));
      return map;
    }
    if (value instanceof Set) {
      const set: Set<unknown> = this.#remember(value, new Set());
      for (const item of value) set.add(this.of(item));
      return set;
    }
    return this.#record(value);
  }

  #special(value: object): unknown {
    const tensor = this.#keeper.tensor(value);
    if (tensor !== undefined) {
      this.tensors.push(tensor.handle);
      return this.#remember(value, { [MARK]: "tensor", ...tensor } satisfies TensorMark);
    }
    const kernel = this.#keeper.kernel(value);
    if (kernel !== undefined) return this.#kernel(kernel);
    if (value instanceof Date || value instanceof RegExp) return value;
    if (!ArrayBuffer.isView(value) && !(value instanceof ArrayBuffer)) return undefined;
    this.#count(value.byteLength);
    return value;
  }

  #record(value: object): unknown {
    const prototype: unknown = Object.getPrototypeOf(value);
    if ((prototype !== Object.prototype && prototype !== null) || MARK in value) throw new CannotKeep();
    const record: Record<string, unknown> = this.#remember(value, {});
    for (const [key, own] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
      if (!("value" in own)) throw new CannotKeep();
      put(record, key, this.of(own.value));
    }
    return record;
  }

  #remember<T extends object>(value: object, copy: T): T {
    this.#done.set(value, copy);
    return copy;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > MOST_KEPT_BYTES) throw new CannotKeep();
  }
}

/** The value that `keep` was given, with new tensors and kernels in the place of the stand-ins. */
export function restore(value: unknown, restorer: Restorer): unknown {
  return new Restoration(restorer).of(value);
}

class Restoration {
  readonly #restorer: Restorer;
  readonly #done = new Map<object, unknown>();

  constructor(restorer: Restorer) {
    this.#restorer = restorer;
  }

  of(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    const known = this.#done.get(value);
    if (known !== undefined) return known;
    const restored = this.#object(value);
    this.#done.set(value, restored);
    return restored;
  }

  #object(value: object): unknown {
    if (MARK in value) {
      const mark = value as TensorMark | KernelMark;
      if (mark[MARK] === "tensor") return this.#restorer.tensor(mark.handle, mark.type);
      return this.#restorer.kernel(mark.source, this.of(mark.captured) as object);
    }
    if (Array.isArray(value))
      return this.#fill(value, (list) => list.forEach((item, at) => (list[at] = this.of(item))));
    if (value instanceof Map)
      return this.#fill(value, (map) => {
        const entries = Array.from(map);
        map.clear();
        for (const [key, item] of entries) map.set(this.of(key), this.of(item));
      });
    if (value instanceof Set)
      return this.#fill(value, (set) => {
        const items = Array.from(set);
        set.clear();
        for (const item of items) set.add(this.of(item));
      });
    if (Object.getPrototypeOf(value) !== Object.prototype) return value;
    return this.#fill(value as Record<string, unknown>, (record) => {
      for (const [key, item] of Object.entries(record)) put(record, key, this.of(item));
    });
  }

  /** The value is our own copy already: it is filled in place, so that cycles stay cycles. */
  #fill<T extends object>(value: T, fill: (value: T) => void): T {
    this.#done.set(value, value);
    fill(value);
    return value;
  }
}

/** Sets an own field, also one called `__proto__`, which assignment would take for something else. */
function put(record: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true });
}
