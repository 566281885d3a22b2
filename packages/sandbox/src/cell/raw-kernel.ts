import { Fault, type Span } from "@tilebook/base";
import type { TensorType } from "@tilebook/ir";
import { Tensor } from "@tilebook/tensor";
import type { Admission, RawBufferMessage } from "../protocol/tensors.ts";

/** The text of a WGSL cell. */
export interface RawText {
  /** The cell's id. */
  readonly source: string;
  readonly text: string;
}

/** What a raw kernel stands on. */
export interface RawParts {
  /** A name no tensor had before. */
  readonly name: () => string;
  readonly realize: (tensors: readonly Tensor[]) => Promise<void>;
  readonly adopt: (handle: string, type: TensorType) => Tensor;
  readonly run: (
    text: RawText,
    grid: readonly number[],
    buffers: readonly RawBufferMessage[],
  ) => Promise<unknown>;
  /** The place in a cell that is calling. */
  readonly here: () => Span | undefined;
}

/** A kernel in WGSL, as the cell that is named by its id gives it to others. */
export class RawKernel {
  readonly #parts: RawParts;
  readonly text: RawText;

  constructor(text: RawText, parts: RawParts) {
    this.text = text;
    this.#parts = parts;
  }

  get name(): string {
    return this.text.source;
  }

  /**
   * Runs it over `grid` workgroups. Each buffer variable of the text gets a tensor to read or an `out(...)` to write.
   * Gives back what it wrote: the tensor, or the tensors by name when there are several.
   */
  async launch(
    grid: number | readonly number[],
    buffers: Readonly<Record<string, unknown>>,
  ): Promise<Tensor | Readonly<Record<string, Tensor>>> {
    const span = this.#parts.here();
    const bound = Object.entries(buffers).map(([name, value]) => ({ name, value }));
    const odd = bound.find(({ value }) => !(value instanceof Tensor) && outType(value) === undefined);
    if (odd !== undefined)
      throw new Fault("kernel/buffer", `${odd.name} gets neither a tensor nor an out(...)`, {
        span,
        hint: "kernel.launch(grid, { x: tensor, y: out([n]) })",
      });
    await this.#parts.realize(bound.flatMap(({ value }) => (value instanceof Tensor ? [value] : [])));
    const messages = bound.map(({ name, value }) => this.#message(name, value));
    await this.#parts.run(this.text, [grid].flat(), messages);
    const made = messages.flatMap(({ name, tensor, of }) =>
      of === undefined ? [] : [[name, this.#parts.adopt(tensor, of)] as const],
    );
    const [only] = made;
    return made.length === 1 && only !== undefined ? only[1] : Object.fromEntries(made);
  }

  #message(name: string, value: unknown): RawBufferMessage {
    const of = outType(value);
    if (of !== undefined) return { name, tensor: this.#parts.name(), of };
    return { name, tensor: (value instanceof Tensor ? value.handle : undefined) ?? "" };
  }
}

/** What to write in another cell to run it, as Markdown. Without a `name` no other cell can. */
export function howToLaunch(name: string | undefined, bindings: Admission["bindings"]): string {
  if (name === undefined)
    return "To launch it from other cells, give this one an id that is a name: `{#blur}`";
  const buffers = bindings.map((bound) =>
    bound.access === "readwrite" ? `${bound.name}: out([n])` : bound.name,
  );
  return `Launch it from another cell: \`await ${name}.launch(grid, { ${buffers.join(", ")} })\``;
}

/** The type of an `out(...)` of the tensor API. */
function outType(value: unknown): TensorType | undefined {
  if (typeof value !== "object" || value === null || !("out" in value) || !("type" in value))
    return undefined;
  return value.type as TensorType;
}
