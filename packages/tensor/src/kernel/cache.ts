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

  lower(text: KernelText, captured: Captured): TileKernel {
    const key = keyOf(text, captured);
    if (key === undefined) return this.#lower(text, captured);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const kernel = this.#lower(text, captured);
    this.#known.set(key, kernel);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST_KERNELS) break;
      this.#known.delete(oldest);
    }
    return kernel;
  }
}

/** Absent when a captured value is no plain value: then the kernel is lowered each time. */
function keyOf(text: KernelText, captured: Captured): string | undefined {
  const values = Object.entries(captured).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (!values.every(([, value]) => plain(value))) return undefined;
  const said = values.map(([name, value]) => [
    name,
    typeof value,
    Object.is(value, -0) ? "-0" : String(value),
  ]);
  return JSON.stringify([text.source, text.kernel, text.text, said]);
}

function plain(value: unknown): boolean {
  return value === null || ["number", "string", "boolean", "undefined"].includes(typeof value);
}
