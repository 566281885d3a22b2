import { Fault } from "@tilebook/base";
import type { Edit, Fuel } from "./fuel.ts";
import type { Reader } from "./reader.ts";
import type { FunctionDeclaration, Member, Module } from "./tree.ts";

/** The group of our own bindings: 0 is the launch block, 1 the flag. */
export const ownGroup = 3;

/** Bytes of the launch block: offset (3 u32), turns, grid (3 u32), one to spare. */
export const launchBytes = 32;

/**
 * Lets a part of the grid run as if it were the whole: builtins that count workgroups get the part's offset added.
 * What cannot be corrected is refused.
 */
export function shiftGrid(
  module: Module,
  reader: Reader,
  entry: { readonly declaration: FunctionDeclaration; readonly workgroupSize: readonly number[] },
): readonly Edit[] {
  const shift = new Shift(module, reader, entry.workgroupSize);
  for (const parameter of entry.declaration.parameters) shift.parameter(entry.declaration, parameter);
  return shift.edits(entry.declaration);
}

/** What comes after the user's text. One line, so that no line of theirs moves. */
export function epilogue(fuel: Fuel): string {
  const shared = fuel.kind === "shared" ? "var<private> tilebook_fuel: u32; " : "";
  return `
${shared}struct TilebookRun { offset: vec3<u32>, turns: u32, grid: vec3<u32>, spare: u32 } \
@group(${ownGroup}) @binding(0) var<uniform> tilebook_run: TilebookRun; \
@group(${ownGroup}) @binding(1) var<storage, read_write> tilebook_flag: atomic<u32>; \
fn tilebook_out(number: u32) { atomicMax(&tilebook_flag, number); }
`;
}

/** The first statement of the entry point when all loops share one counter. */
export function fillFuel(module: Module, { body }: FunctionDeclaration, fuel: Fuel): readonly Edit[] {
  if (fuel.kind !== "shared") return [];
  const at = module.tokens[body.open]?.end ?? 0;
  return [{ at, removed: 0, inserted: " tilebook_fuel = tilebook_run.turns;" }];
}

class Shift {
  readonly #module: Module;
  readonly #reader: Reader;
  readonly #workgroup: string;
  readonly #edits: Edit[] = [];
  #lets = "";

  constructor(module: Module, reader: Reader, workgroupSize: readonly number[]) {
    this.#module = module;
    this.#reader = reader;
    this.#workgroup = `vec3<u32>(${workgroupSize.map((size) => `${size}u`).join(", ")})`;
  }

  edits({ body }: FunctionDeclaration): readonly Edit[] {
    return [...this.#edits, { at: this.#token(body.open).end, removed: 0, inserted: this.#lets }];
  }

  parameter(declaration: FunctionDeclaration, parameter: Member): void {
    const struct = this.#module.structs.get(this.#token(parameter.type.from).text);
    if (struct !== undefined) return this.#struct(declaration, parameter, struct.members);
    const name = this.#token(parameter.name);
    const value = this.#corrected(parameter, `tilebook_${name.text}`);
    if (value === undefined) return;
    this.#edits.push({ at: name.start, removed: name.end - name.start, inserted: `tilebook_${name.text}` });
    this.#lets += ` let ${name.text} = ${value};`;
  }

  /** Fields of a struct of builtins are replaced where they are read. */
  #struct(declaration: FunctionDeclaration, parameter: Member, members: readonly Member[]): void {
    const input = this.#token(parameter.name).text;
    const fields = new Map<string, string>();
    for (const member of members) {
      const field = this.#token(member.name).text;
      const value = this.#corrected(member, `${input}.${field}`);
      if (value === undefined) continue;
      fields.set(field, `tilebook_${input}_${field}`);
      this.#lets += ` let tilebook_${input}_${field} = ${value};`;
    }
    for (let at = declaration.body.open; at < declaration.body.close; at++)
      if (this.#token(at).text === input && this.#token(at - 1).text !== ".") this.#field(at, fields);
  }

  #field(at: number, fields: ReadonlyMap<string, string>): void {
    const [dot, field] = [this.#token(at + 1), this.#token(at + 2)];
    if (dot.text !== ".") {
      throw new Fault("admission/unsupported", "the struct of builtins cannot be used as a whole", {
        span: this.#reader.span(at),
        hint: "use its fields one by one, or take the builtins as parameters of their own",
      });
    }
    const replacement = fields.get(field.text);
    if (replacement === undefined) return;
    const start = this.#token(at).start;
    this.#edits.push({ at: start, removed: field.end - start, inserted: replacement });
  }

  /** The value a builtin should have, written with the one it has; undefined when they are the same. */
  #corrected(member: Member, given: string): string | undefined {
    const attribute = member.attributes.find((item) => item.name === "builtin");
    const builtin = attribute === undefined ? "" : this.#token(attribute.arguments.from).text;
    switch (builtin) {
      case "workgroup_id":
        return `${given} + tilebook_run.offset`;
      case "global_invocation_id":
        return `${given} + tilebook_run.offset * ${this.#workgroup}`;
      case "num_workgroups":
        return "tilebook_run.grid";
      case "local_invocation_id":
      case "local_invocation_index":
      case "subgroup_invocation_id":
      case "subgroup_size":
        return undefined;
      default:
        throw new Fault("admission/unsupported", `a raw kernel cannot use @builtin(${builtin})`, {
          span: this.#reader.span(member.name),
          hint: "use global_invocation_id, workgroup_id, num_workgroups, local_invocation_id or local_invocation_index",
        });
    }
  }

  #token(index: number): Module["tokens"][number] {
    return this.#module.tokens[index] ?? { kind: "symbol", text: "", start: 0, end: 0 };
  }
}
