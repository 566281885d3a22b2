import { Fault } from "@tilebook/base";
import { type Calls, mostTokens } from "./calls.ts";
import type { Reader } from "./reader.ts";
import type { Size, Sizes } from "./sizes.ts";
import type { FunctionDeclaration, Module, Range } from "./tree.ts";

/** Most elements of an array value inside a function or constant: compilers keep such arrays element by element. */
export const mostElements = 1024;
/** What a declaration takes whose type is not written out: a vec4f, or a mat4x4f in a module with matrices. */
const vectorBytes = 16;
const matrixBytes = 64;

/** Counts the private memory of a kernel: module variables, and the variables of every function along a chain of calls. */
export class PrivateMemory {
  readonly #module: Module;
  readonly #reader: Reader;
  readonly #sizes: Sizes;
  readonly #calls: Calls;
  readonly #known = new Map<string, number>();
  readonly #unseenBytes: number;

  constructor(parts: { module: Module; reader: Reader; sizes: Sizes; calls: Calls }) {
    this.#module = parts.module;
    this.#reader = parts.reader;
    this.#sizes = parts.sizes;
    this.#calls = parts.calls;
    const matrices = parts.module.tokens.some((token) => token.text.startsWith("mat"));
    this.#unseenBytes = matrices ? matrixBytes : vectorBytes;
  }

  /** Bytes that a call of the function needs: its own, and those of what it calls. */
  of(name: string): number {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const declaration = this.#module.functions.get(name);
    if (declaration === undefined) return 0;
    const range = { from: declaration.body.open, to: declaration.body.close };
    let deepest = 0;
    for (const callee of this.#calls.callsIn(range)) deepest = Math.max(deepest, this.of(callee));
    const bytes = this.#own(declaration, range) + deepest;
    this.#known.set(name, bytes);
    return bytes;
  }

  /** Types named in constants: their values are made by the compiler itself. */
  checkConstants(): void {
    for (const range of this.#module.values) {
      this.#named(range);
      const length = range.to - range.from;
      if (length > mostTokens)
        throw this.#tooMany(range.from, { bytes: 0, align: 4, elements: Math.floor(length / 2) });
    }
  }

  #own({ parameters, result }: FunctionDeclaration, body: Range): number {
    let bytes = this.#named(body);
    for (let at = body.from; at < body.to; at++)
      if (["var", "let"].includes(this.#text(at))) bytes += this.#declared(at);
    for (const parameter of parameters) bytes += this.#sizes.of(parameter.type).bytes;
    return bytes + (result === undefined ? 0 : this.#sizes.of(result).bytes);
  }

  /** A declaration without a type may copy a whole variable: it takes as much as the largest variable it names. */
  #declared(at: number): number {
    let bytes = this.#unseenBytes;
    for (let index = at + 1; index < this.#module.tokens.length && this.#text(index) !== ";"; index++)
      bytes = Math.max(bytes, this.#valueOf(index));
    return bytes;
  }

  #valueOf(index: number): number {
    if (this.#module.tokens[index]?.kind !== "name" || this.#text(index - 1) === ".") return 0;
    const variable = this.#module.variables.find((item) => this.#text(item.name) === this.#text(index));
    const result = this.#module.functions.get(this.#text(index))?.result;
    if (result !== undefined) return this.#sizes.of(result).bytes;
    if (variable?.type === undefined || this.#narrowed(index)) return 0;
    const { bytes, elements } = this.#sizes.of(variable.type);
    return elements === Infinity ? 0 : bytes;
  }

  /** `name[...]` and `name.x` take a part. Parts of parts of large things are caught by the cap on array types. */
  #narrowed(index: number): boolean {
    return ["[", "."].includes(this.#text(index + 1));
  }

  /** Bytes of all array and struct types named in a range, each as often as it is named. */
  #named(range: Range): number {
    let bytes = 0;
    for (let at = range.from; at < range.to; at++) {
      if (!this.#sizes.namesComposite(at) || this.#text(at - 1) === ".") continue;
      const size = this.#sizeAt(at);
      if (size.elements > mostElements && size.elements !== Infinity) throw this.#tooMany(at, size);
      if (size.bytes > vectorBytes) bytes += size.bytes;
    }
    return bytes;
  }

  #sizeAt(at: number): Size {
    const end = this.#typeEnd(at);
    // array(1, 2, 3): the length is that of the list, which the cap on statements bounds.
    if (this.#text(at) === "array" && end === at + 1)
      return { bytes: this.#unseenBytes, align: 4, elements: 1 };
    return this.#sizes.of({ from: at, to: end });
  }

  /** The index after the type that starts at `at`. */
  #typeEnd(at: number): number {
    if (this.#text(at + 1) !== "<") return at + 1;
    let depth = 0;
    for (let index = at + 1; index < this.#module.tokens.length; index++) {
      if (this.#text(index) === "<") depth += 1;
      if (this.#text(index) === ">") depth -= 1;
      if (depth === 0) return index + 1;
    }
    return at + 1;
  }

  #tooMany(at: number, size: Size): Fault {
    return new Fault(
      "admission/array-size",
      `an array of ${size.elements} elements is too long to be held by a thread`,
      {
        span: this.#reader.span(at),
        hint: `at most ${mostElements} elements; larger data belongs in a storage buffer`,
      },
    );
  }

  #text(index: number): string {
    return this.#module.tokens[index]?.text ?? "";
  }
}
