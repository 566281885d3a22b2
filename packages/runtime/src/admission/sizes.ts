import { Fault } from "@tilebook/base";
import { evaluate } from "./constants.ts";
import type { Reader } from "./reader.ts";
import type { Member, Module, Range, StructDeclaration } from "./tree.ts";

/** What a value of a type takes. An array without a length has `bytes` of one element and `elements` Infinity. */
export interface Size {
  readonly bytes: number;
  readonly align: number;
  /** Elements of arrays in it, multiplied over nested arrays; at least 1. */
  readonly elements: number;
}

interface Placed {
  readonly size: Size;
  readonly members: readonly { readonly member: Member; readonly offset: number }[];
}

const scalarBytes: Readonly<Record<string, number>> = { f32: 4, i32: 4, u32: 4, bool: 4, f16: 2 };
const suffixes: Readonly<Record<string, string>> = { f: "f32", i: "i32", u: "u32", h: "f16" };
const mostSteps = 32;

/** Sizes of types, by WGSL's layout rules. A type it cannot size is a Fault: it fails closed. */
export class Sizes {
  readonly #module: Module;
  readonly #reader: Reader;
  readonly #named = new Map<string, Size>();

  constructor(module: Module, reader: Reader) {
    this.#module = module;
    this.#reader = reader;
  }

  of(range: Range, steps = 0): Size {
    const name = this.#text(range.from);
    if (steps > mostSteps) throw this.#unknown(range);
    const alias = this.#module.aliases.get(name);
    if (alias !== undefined) return this.of(alias, steps + 1);
    const struct = this.#module.structs.get(name);
    if (struct !== undefined) return this.#struct(name, struct, steps);
    if (name === "array") return this.#array(range, steps);
    if (name === "ptr") return { bytes: 4, align: 4, elements: 1 };
    if (name === "atomic") return this.of({ from: range.from + 2, to: range.to - 1 }, steps + 1);
    return this.#plain(name, range, steps);
  }

  /** The name of the module's struct or array alias at a token, if it is one. */
  namesComposite(index: number): boolean {
    const name = this.#text(index);
    return name === "array" || this.#module.structs.has(name) || this.#module.aliases.has(name);
  }

  #plain(name: string, range: Range, steps: number): Size {
    const scalar = scalarBytes[name];
    if (scalar !== undefined) return { bytes: scalar, align: scalar, elements: 1 };
    const shape = /^(?:vec([234])|mat([234])x([234]))([fiuh])?$/u.exec(name);
    if (shape === null) throw this.#unknown(range);
    const [, lanes, columns, rows, suffix] = shape;
    const element =
      suffix === undefined ? this.#parameter(range, steps) : (scalarBytes[suffixes[suffix] ?? ""] ?? 4);
    const vector = vectorSize(Number(lanes ?? rows), element);
    if (columns === undefined) return vector;
    return { bytes: Number(columns) * roundUp(vector.bytes, vector.align), align: vector.align, elements: 1 };
  }

  /** Bytes of the scalar in `vec3<f32>`. */
  #parameter(range: Range, steps: number): number {
    if (range.to - range.from < 4) return 4;
    return this.of({ from: range.from + 2, to: range.to - 1 }, steps + 1).bytes;
  }

  #array(range: Range, steps: number): Size {
    if (this.#text(range.from + 1) !== "<") throw this.#unknown(range);
    const comma = this.#topComma(range);
    const element = this.of({ from: range.from + 2, to: comma ?? range.to - 1 }, steps + 1);
    const stride = roundUp(element.bytes, element.align);
    if (comma === undefined) return { bytes: stride, align: element.align, elements: Infinity };
    const end = this.#text(range.to - 2) === "," ? range.to - 2 : range.to - 1;
    const count = evaluate(this.#module, { from: comma + 1, to: end });
    if (count === undefined || count < 1) throw this.#unknownLength(range);
    return { bytes: stride * count, align: element.align, elements: element.elements * count };
  }

  /** The comma between element type and length, not one inside the element type. */
  #topComma(range: Range): number | undefined {
    let depth = 0;
    for (let at = range.from + 1; at < range.to - 1; at++) {
      const text = this.#text(at);
      if (text === "<" || text === "(") depth += 1;
      if (text === ">" || text === ")") depth -= 1;
      if (text === "," && depth === 1 && at < range.to - 2) return at;
    }
    return undefined;
  }

  /** The members of a struct of the module with their offsets. */
  membersOf(name: string): readonly { readonly member: Member; readonly offset: number }[] {
    const struct = this.#module.structs.get(name);
    return struct === undefined ? [] : this.#placed(struct, 0).members;
  }

  #struct(name: string, struct: StructDeclaration, steps: number): Size {
    const known = this.#named.get(name);
    if (known !== undefined) return known;
    const { size } = this.#placed(struct, steps);
    this.#named.set(name, size);
    return size;
  }

  #placed(struct: StructDeclaration, steps: number): Placed {
    let size: Size = { bytes: 0, align: 1, elements: 1 };
    const members: { readonly member: Member; readonly offset: number }[] = [];
    for (const member of struct.members) {
      const inner = this.of(member.type, steps + 1);
      const align = Math.max(inner.align, this.#wanted(member, "align"));
      const offset = roundUp(size.bytes, align);
      const bytes = offset + Math.max(inner.bytes, this.#wanted(member, "size"));
      members.push({ member, offset });
      size = { bytes, align: Math.max(size.align, align), elements: Math.max(size.elements, inner.elements) };
    }
    return { size: { ...size, bytes: roundUp(size.bytes, size.align) }, members };
  }

  #wanted(member: Member, attribute: string): number {
    const found = member.attributes.find((item) => item.name === attribute);
    return found === undefined ? 0 : (evaluate(this.#module, found.arguments) ?? Infinity);
  }

  #text(index: number): string {
    return this.#module.tokens[index]?.text ?? "";
  }

  #unknown(range: Range): Fault {
    return new Fault("admission/unsupported", `a raw kernel cannot use the type ${this.#text(range.from)}`, {
      span: this.#reader.span(range.from),
      hint: "use numbers, vectors, matrices, atomics, arrays and structs of them; there are no textures or samplers",
    });
  }

  #unknownLength(range: Range): Fault {
    return new Fault("admission/array-size", "this array's length must be a plain number", {
      span: this.#reader.span(range.from),
      hint: "write a number, or a const made of numbers",
    });
  }
}

function vectorSize(lanes: number, element: number): Size {
  return { bytes: lanes * element, align: (lanes === 3 ? 4 : lanes) * element, elements: 1 };
}

function roundUp(bytes: number, align: number): number {
  return Math.ceil(bytes / align) * align;
}
