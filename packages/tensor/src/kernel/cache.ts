import type { TileKernel } from "@tilebook/ir";
import type { Captured, KernelText, TensorHost } from "../host.ts";

/** How many lowered kernels are remembered. Above that the oldest goes. */
const MOST_KERNELS = 256;

/** Lowers kernels, each once for each set of captured values. */
export class KernelCache {
  readonly #lower: TensorHost["lower"];
  readonly #known = new Map<string, TileKernel>();

  constructor(lower: TensorHost["lower"]) {
    this.#lower = lower;
  }

  lower(text: KernelText, captured: Captured, constants: Captured = {}): TileKernel {
    const key = keyOf(text, { captured, constants });
    if (key === undefined) return this.#lower(text, captured, constants);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const kernel = this.#lower(text, captured, constants);
    this.#known.set(key, kernel);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST_KERNELS) break;
      this.#known.delete(oldest);
    }
    return kernel;
  }
}

/** Most characters of what a kernel is given while it is lowered, for it to be remembered. */
const MOST_KEY = 65_536;

/** Absent when something given is no plain data, or too much of it: then the kernel is lowered each time. */
function keyOf(text: KernelText, given: object): string | undefined {
  try {
    const said = JSON.stringify([text.source, text.kernel, text.text, given], (_, value: unknown) =>
      plain(value),
    );
    return said.length > MOST_KEY ? undefined : said;
  } catch {
    return undefined;
  }
}

/** Numbers that JSON would change keep their meaning; what is no data ends the attempt. */
function plain(value: unknown): unknown {
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)))
    return `number ${Object.is(value, -0) ? "-0" : value}`;
  if (typeof value === "string") return `text ${value}`;
  if (value === undefined) return "undefined";
  if (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint")
    throw new TypeError("no data");
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}
