import { Fault, type Span } from "@tilebook/base";
import type { TensorType } from "@tilebook/ir";
import type { RawValue } from "@tilebook/runtime";
import { Tensor } from "@tilebook/tensor";
import type { RawBufferMessage } from "../protocol/tensors.ts";
import type { WgslEntry } from "../wgsl-shape.ts";

/** The text of a WGSL cell, and what it gives to others. */
export interface RawText {
  /** The cell's id. */
  readonly source: string;
  readonly text: string;
  readonly entries: readonly WgslEntry[];
}

/** What a raw kernel is given by name. */
export interface RawGiven {
  readonly grid: readonly number[];
  readonly buffers: readonly RawBufferMessage[];
  readonly overrides: Readonly<Record<string, number | boolean>>;
}

/** What a raw kernel stands on. */
export interface RawParts {
  /** A name no tensor had before. */
  readonly name: () => string;
  readonly realize: (tensors: readonly Tensor[]) => Promise<void>;
  readonly adopt: (handle: string, type: TensorType) => Tensor;
  readonly run: (text: RawText, entry: string, given: RawGiven) => Promise<unknown>;
  /** The place in a cell that is calling. */
  readonly here: () => Span | undefined;
}

/** What an entry point gives back: the tensor it writes, or the tensors by name when there are several. */
type Made = Tensor | Readonly<Record<string, Tensor>>;

/** An entry point as other cells call it. */
export type RawFunction = (
  grid: number | readonly number[],
  given: Readonly<Record<string, unknown>>,
) => Promise<Made>;

/** Where an entry point came from, so that it can be made again in the next worker. */
export interface RawOrigin extends RawText {
  readonly entry: string;
}

/**
 * The kernels of a WGSL cell, as the cell gives them to others under its id: each entry point is a function of its name.
 * With one entry point, `launch` is that function too.
 */
export class RawKernels {
  readonly text: RawText;
  readonly functions: ReadonlyMap<string, RawFunction>;

  constructor(text: RawText, parts: RawParts) {
    this.text = text;
    this.functions = new Map(text.entries.map((entry) => [entry.entry, functionOf(text, entry, parts)]));
    Object.defineProperty(this, "text", { enumerable: false });
    Object.defineProperty(this, "functions", { enumerable: false });
    const [only] = this.functions.values();
    if (only !== undefined && this.functions.size === 1)
      Object.defineProperty(this, "launch", { value: only, configurable: true });
    Object.defineProperty(this, "name", { value: text.source, configurable: true });
    for (const [name, value] of this.functions)
      Object.defineProperty(this, name, { value, enumerable: true, configurable: true });
  }
}

function functionOf(text: RawText, entry: WgslEntry, parts: RawParts): RawFunction {
  const call: RawFunction = (grid, given) => new RawCall(text, entry, parts).run(grid, given);
  return Object.defineProperty(call, "name", { value: entry.entry });
}

/** One call of an entry point. */
class RawCall {
  readonly #text: RawText;
  readonly #entry: WgslEntry;
  readonly #parts: RawParts;
  readonly #span: Span | undefined;

  constructor(text: RawText, entry: WgslEntry, parts: RawParts) {
    this.#text = text;
    this.#entry = entry;
    this.#parts = parts;
    this.#span = parts.here();
  }

  async run(grid: number | readonly number[], given: Readonly<Record<string, unknown>>): Promise<Made> {
    const { realize, run, adopt } = this.#parts;
    const { entry, bindings, overrides } = this.#entry;
    this.#checkNames(given);
    const tensors = Object.values(given).flatMap((value) =>
      value instanceof Tensor ? [value] : fromOf(value),
    );
    await realize(tensors);
    const buffers = bindings.map((binding) => this.#buffer(binding, given[binding.name]));
    const values = overrides.flatMap(({ name }) =>
      Object.hasOwn(given, name) ? [[name, this.#number(name, given[name])] as const] : [],
    );
    try {
      await run(this.#text, entry, {
        grid: this.#grid(grid),
        buffers,
        overrides: Object.fromEntries(values),
      });
    } catch (error) {
      throw this.#placed(error);
    }
    const made = buffers.flatMap(({ name, tensor, of }) =>
      of === undefined ? [] : [[name, adopt(tensor, of)] as const],
    );
    const [only] = made;
    return made.length === 1 && only !== undefined ? only[1] : Object.fromEntries(made);
  }

  #checkNames(given: Readonly<Record<string, unknown>>): void {
    const { entry, bindings, overrides } = this.#entry;
    if (typeof given !== "object" || given === null)
      throw this.#fault("kernel/buffer", `${entry} needs its buffers by name`);
    const odd = Object.keys(given).find((name) =>
      [...bindings, ...overrides].every((one) => one.name !== name),
    );
    if (odd !== undefined) throw this.#fault("kernel/buffer", `${entry} has no buffer or override ${odd}`);
    const missing = bindings.find(({ name }) => given[name] === undefined);
    if (missing !== undefined) throw this.#fault("kernel/buffer", `${missing.name} of ${entry} gets nothing`);
  }

  #buffer({ name, access, numbers }: WgslEntry["bindings"][number], value: unknown): RawBufferMessage {
    const made = outOf(value);
    if (made !== undefined) {
      if (access !== "readwrite")
        throw this.#fault(
          "kernel/never-written",
          `${name} is an out(), but ${this.#entry.entry} only reads it`,
        );
      const [from] = fromOf(value);
      return {
        name,
        tensor: this.#parts.name(),
        of: made,
        ...(from?.handle === undefined ? {} : { from: from.handle }),
      };
    }
    if (value instanceof Tensor) {
      if (access === "readwrite")
        throw this.#fault(
          "kernel/writes-input",
          `${this.#entry.entry} writes ${name}, but tensors never change`,
        );
      return { name, tensor: value.handle ?? "" };
    }
    const plain = numbers ? plainValue(value) : undefined;
    if (plain !== undefined) return { name, tensor: "", value: plain };
    const wanted = numbers ? "numbers or a tensor" : access === "readwrite" ? "an out(...)" : "a tensor";
    throw this.#fault("kernel/buffer", `${name} of ${this.#entry.entry} needs ${wanted}`);
  }

  #number(name: string, value: unknown): number | boolean {
    if (typeof value === "number" || typeof value === "boolean") return value;
    throw this.#fault("kernel/override", `the override ${name} is a number, or true or false`);
  }

  #grid(grid: number | readonly number[]): readonly number[] {
    const sizes = [grid].flat();
    const good = sizes.every((size) => Number.isSafeInteger(size) && size >= 0 && size <= 65_535);
    if (good && sizes.length > 0 && sizes.length <= 3) return sizes;
    throw this.#fault(
      "kernel/grid",
      `a grid is one to three whole numbers up to 65,535, not ${sizes.join(" x ")}`,
    );
  }

  #fault(code: string, message: string): Fault {
    return new Fault(code, message, {
      span: this.#span,
      hint: howToCall(this.#text.source, this.#text.entries, this.#entry),
    });
  }

  /** What has no place of its own went wrong because of this call. */
  #placed(error: unknown): unknown {
    if (!(error instanceof Fault) || error.span !== undefined) return error;
    const { code, message, hint, cause } = error;
    return new Fault(code, message, { span: this.#span, hint, cause });
  }
}

/** How to call an entry point from another cell: `filters.blur(grid, { x, y: out([n]) })`. */
export function howToCall(
  name: string,
  entries: readonly WgslEntry[],
  { entry, bindings, overrides }: WgslEntry,
): string {
  const buffers = bindings.map((bound) => {
    if (bound.access === "readwrite") return `${bound.name}: ${outFor(bound.type)}`;
    return bound.numbers ? `${bound.name}: ...` : bound.name;
  });
  const needed = overrides.filter(({ value }) => value === undefined).map((one) => `${one.name}: ...`);
  const called = entries.length === 1 && entry === "main" ? "launch" : entry;
  return `${name}.${called}(grid, { ${[...buffers, ...needed].join(", ")} })`;
}

/** An `out(...)` that fits a buffer. */
function outFor(type: string): string {
  const scalar = /^array<(?:atomic<)?([iu]32|f16)\b/.exec(type)?.[1];
  return scalar === undefined ? "out([n])" : `out([n], "${scalar}")`;
}

/** The type of an `out(...)` of the tensor API. */
function outOf(value: unknown): TensorType | undefined {
  if (typeof value !== "object" || value === null || !("out" in value) || !("type" in value))
    return undefined;
  return value.type as TensorType;
}

/** What an `out(...)` starts from. */
function fromOf(value: unknown): readonly Tensor[] {
  if (outOf(value) === undefined || typeof value !== "object" || value === null || !("from" in value))
    return [];
  return value.from instanceof Tensor ? [value.from] : [];
}

/** Numbers, lists and records of them, copied; undefined when something else is among them. */
function plainValue(value: unknown, depth = 0): RawValue | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "object" || value === null || value instanceof Tensor || depth > 8) return undefined;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const list = Array.from(value as ArrayLike<unknown>, (item) => plainValue(item, depth + 1));
    return list.includes(undefined) ? undefined : (list as RawValue[]);
  }
  const entries = Object.entries(value).map(([name, item]) => [name, plainValue(item, depth + 1)] as const);
  return entries.some(([, item]) => item === undefined)
    ? undefined
    : (Object.fromEntries(entries) as Readonly<Record<string, RawValue>>);
}
