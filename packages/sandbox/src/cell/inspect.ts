import { shortestNumber } from "@tilebook/ir";
import type { TensorSummary, ValueTree } from "@tilebook/notebook";
import { Kernel, Shown } from "@tilebook/tensor";
import { limits } from "../protocol/common.ts";
import { RawKernels } from "./raw-kernel.ts";

/** Tells a tensor that is computed from everything else. */
export type TensorOf = (value: object) => TensorSummary | undefined;

const cut: ValueTree = { kind: "cut" };

/**
 * A JavaScript value as a bounded tree. Getters are not called, cycles and depth are cut, long strings and lists are
 * shortened (`size` says how many entries there really are). Never throws, whatever a Proxy does.
 */
export function inspect(value: unknown, tensorOf: TensorOf): ValueTree {
  return new Inspection(tensorOf).tree(value, 0);
}

class Inspection {
  readonly #tensorOf: TensorOf;
  readonly #above = new Set<object>();
  #left = limits.treeNodes;

  constructor(tensorOf: TensorOf) {
    this.#tensorOf = tensorOf;
  }

  tree(value: unknown, depth: number): ValueTree {
    this.#left -= 1;
    if (this.#left < 0) return cut;
    if (typeof value === "function") return { kind: "function", name: nameOf(value) };
    if (typeof value !== "object" || value === null) return primitive(value);
    try {
      return this.#object(value, depth);
    } catch {
      return cut;
    }
  }

  #object(value: object, depth: number): ValueTree {
    if (value instanceof Kernel) return { kind: "kernel", name: value.name };
    if (value instanceof RawKernels) return { kind: "kernel", name: value.text.source };
    const tensor = this.#tensorOf(value);
    if (tensor !== undefined) return { kind: "tensor", tensor };
    if (depth >= limits.treeDepth || this.#above.has(value)) return cut;
    this.#above.add(value);
    try {
      const { kind, entries, size } = partsOf(value);
      return {
        kind,
        type: typeOf(value),
        size,
        entries: Array.from(this.#taken(entries), ([key, inner]) => ({
          key: shorten(key, 200),
          value: this.tree(inner, depth + 1),
        })),
      };
    } finally {
      this.#above.delete(value);
    }
  }

  *#taken(entries: Iterable<Part>): Generator<Part> {
    let count = 0;
    for (const entry of entries) {
      if (count >= limits.treeEntries || this.#left <= 0) return;
      count += 1;
      yield entry;
    }
  }
}

type Part = readonly [key: string, value: unknown];

interface Parts {
  readonly kind: "list" | "object";
  readonly size: number;
  readonly entries: Iterable<Part>;
}

function partsOf(value: object): Parts {
  if (Array.isArray(value))
    return { kind: "list", size: value.length, entries: indexed(value, value.length) };
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const list = shortened(value) ?? (value as unknown as ArrayLike<unknown>);
    return { kind: "list", size: list.length, entries: indexed(list, list.length) };
  }
  if (value instanceof Map) {
    const entries = Array.from(Map.prototype.entries.call(value) as Iterable<[unknown, unknown]>);
    return {
      kind: "object",
      size: entries.length,
      entries: entries.map(([key, inner]) => [short(key), inner]),
    };
  }
  if (value instanceof Set) {
    const items = Array.from(Set.prototype.values.call(value) as Iterable<unknown>);
    return { kind: "list", size: items.length, entries: indexed(items, items.length) };
  }
  if (value instanceof Date)
    return single("iso", Number.isNaN(value.getTime()) ? "invalid" : value.toISOString());
  if (value instanceof RegExp) return single("source", String(value));
  if (value instanceof Error) return { kind: "object", size: 1, entries: [["message", value.message]] };
  if (value instanceof Shown) return stateOf(value);
  const keys = Object.keys(value);
  return { kind: "object", size: keys.length, entries: fields(value, keys) };
}

/** Floats that are no doubles, as far as they are shown, in as few digits as tell them apart: 0.1 instead of 0.10000000149011612. */
function shortened(value: ArrayBufferView): ArrayLike<unknown> | undefined {
  if (!(value instanceof Float32Array)) return undefined;
  const first = value.subarray(0, limits.treeEntries);
  const texts = Array.from(first, (number) => shortestNumber(number, "f32"));
  return Object.assign(texts, { length: value.length });
}

/** What an object of ours says of itself: of a writer what it is doing. */
function stateOf(value: Shown): Parts {
  const entries = Object.entries(value.said());
  return { kind: "object", size: entries.length, entries };
}

function single(key: string, value: string): Parts {
  return { kind: "object", size: 1, entries: [[key, value]] };
}

/** The first entries; holes and getters show as what they are without being called. */
function* indexed(list: ArrayLike<unknown>, length: number): Generator<Part> {
  for (let index = 0; index < length; index++) {
    const own = Array.isArray(list) ? Object.getOwnPropertyDescriptor(list, index) : { value: list[index] };
    yield [String(index), own === undefined ? undefined : dataOf(own)];
  }
}

function* fields(value: object, keys: readonly string[]): Generator<Part> {
  for (const key of keys) {
    const own = Object.getOwnPropertyDescriptor(value, key);
    if (own !== undefined) yield [key, dataOf(own)];
  }
}

/** A getter is shown as the function it is. */
function dataOf({ value, get }: { readonly value?: unknown; readonly get?: unknown }): unknown {
  return get ?? value;
}

function typeOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || typeof prototype !== "object") return "Object";
  const maker = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value as unknown;
  return typeof maker === "function" ? nameOf(maker) || "Object" : "Object";
}

function nameOf(maker: object): string {
  const name = Object.getOwnPropertyDescriptor(maker, "name")?.value as unknown;
  return typeof name === "string" ? shorten(name, 100) : "";
}

function primitive(value: unknown): ValueTree {
  const type = value === null ? "null" : typeof value;
  if (type === "object" || type === "function") return cut;
  return { kind: "primitive", type, text: shorten(textOf(value), limits.treeText) };
}

function textOf(value: unknown): string {
  if (typeof value === "bigint") return `${shorten(value.toString(), limits.treeText)}n`;
  return Object.is(value, -0) ? "-0" : String(value);
}

function short(key: unknown): string {
  return typeof key === "object" && key !== null ? typeOf(key) : shorten(textOf(key), 100);
}

export function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
