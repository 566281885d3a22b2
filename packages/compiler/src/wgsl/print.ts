import { Fault } from "@tilebook/base";
import type { AtomicName } from "@tilebook/ir";
import type { Expr, Memory, Statement, ThreadKernel, ThreadType } from "../thread/ir.ts";
import { poolLength, poolTypes } from "../thread/plan.ts";
import { Lines, type LinedText } from "../thread/print.ts";
import { expressionsOf, walkExpr, walkStatements } from "../thread/walk.ts";
import { messageLines } from "./messages.ts";
import { specials } from "./legalise.ts";
import { type Link, type Linked, linkedLines, linkedName, withUses } from "./link.ts";
import { spellBinary, spellConst, spellConvert, spellDotBytes, spellType, spellUnary } from "./spell.ts";
import { type Storage, storageOf } from "./storage.ts";

/** The uniform block's fields that every kernel has, before its scalar parameters. */
export const gridFields: readonly string[] = ["grid_x", "grid_y", "grid_z", "base", "count"];

/** Thread IR to WGSL, one span a line. The kernel must be legal (legalise) and planned (planWorkgroupMemory). */
export function printWgsl(kernel: ThreadKernel): LinedText {
  const printer = new Printer(kernel);
  return printer.print();
}

class Printer {
  readonly #kernel: ThreadKernel;
  readonly #memories: ReadonlyMap<string, Memory>;
  readonly #linked = new Map<string, Linked>();

  constructor(kernel: ThreadKernel) {
    this.#kernel = kernel;
    this.#memories = new Map(kernel.memories.map((memory) => [memory.name, memory]));
  }

  print(): LinedText {
    const body = new Lines();
    this.#main(body);
    const head = new Lines();
    this.#head(head);
    const [top, bottom] = [head.finish(), body.finish()];
    return { text: top.text + bottom.text, spans: [...top.spans.slice(0, -1), ...bottom.spans] };
  }

  #head(lines: Lines): void {
    const { span, memories, uniforms } = this.#kernel;
    const buffers = memories.filter((memory) => memory.space === "read" || memory.space === "readwrite");
    if (usesHalves(this.#kernel)) lines.add(0, "enable f16;", span);
    if (this.#kernel.subgroups) {
      lines.add(0, "enable subgroups;", span);
      lines.add(0, "diagnostic(off, subgroup_uniformity);", span);
    }
    lines.add(0, "struct Params {", span);
    for (const field of gridFields) lines.add(1, `${field}: u32,`, span);
    for (const { name, dtype } of uniforms) lines.add(1, `${name}: ${uniformType(dtype)},`, span);
    lines.add(0, "}", span);
    buffers.forEach((memory, place) => {
      const access = memory.space === "read" ? "read" : "read_write";
      const array = `array<${storageOf(memory).element}>`;
      lines.add(0, `@group(0) @binding(${place}) var<storage, ${access}> ${memory.name}: ${array};`, span);
    });
    const { speaks, asserts } = this.#kernel;
    if (speaks) for (const line of messageLines(buffers.length, asserts)) lines.add(0, line, span);
    const last = buffers.length + (speaks ? 1 : 0);
    lines.add(0, `@group(0) @binding(${last}) var<uniform> params: Params;`, span);
    this.#workgroup(lines);
    for (const linked of this.#linked.values())
      for (const line of linkedLines(linked)) lines.add(0, line, span);
  }

  #workgroup(lines: Lines): void {
    const { span, memories } = this.#kernel;
    for (const type of poolTypes) {
      const length = poolLength(this.#kernel, type);
      const array = `array<${spellType(type)}, ${length}>`;
      if (length > 0) lines.add(0, `var<workgroup> ${poolName(type)}: ${array};`, span);
    }
    for (const memory of memories)
      if (memory.space === "workgroup" && memory.length === 0)
        lines.add(0, `var<workgroup> ${memory.name}: ${memory.type.scalar};`, span);
  }

  #main(lines: Lines): void {
    const { span, body, uniforms, workgroupSize } = this.#kernel;
    const used = namesIn(body);
    lines.add(0, `@compute @workgroup_size(${workgroupSize})`, span);
    lines.add(0, "fn main(", span);
    lines.add(1, "@builtin(workgroup_id) group: vec3u,", span);
    lines.add(1, "@builtin(num_workgroups) groups: vec3u,", span);
    lines.add(1, "@builtin(local_invocation_index) thread: u32,", span);
    if (used.has("lane")) lines.add(1, "@builtin(subgroup_invocation_id) in_subgroup: u32,", span);
    lines.add(0, ") {", span);
    lines.add(1, "let program = params.base + group.x + group.y * groups.x;", span);
    lines.add(1, "if (program < params.count) {", span);
    for (const [name, text] of bound) if (used.has(name)) lines.add(2, text, span);
    for (const { name, bits } of specials.filter((special) => used.has(special.name))) {
      lines.add(2, `var ${name}_bits = ${bits};`, span);
      lines.add(2, `let ${name} = bitcast<f32>(${name}_bits);`, span);
    }
    for (const { name, dtype } of uniforms)
      if (used.has(name))
        lines.add(2, `let ${name} = params.${name}${dtype === "bool" ? " != 0u" : ""};`, span);
    for (const memory of this.#kernel.memories)
      if (memory.space === "function")
        lines.add(2, `var ${memory.name}: ${registersType(memory)};`, memory.span ?? span);
    this.#block(body, 2, lines);
    lines.add(1, "}", span);
    lines.add(0, "}", span);
  }

  #block(block: readonly Statement[], depth: number, lines: Lines): void {
    for (const statement of block) this.#statement(statement, depth, lines);
  }

  #statement(statement: Statement, depth: number, lines: Lines): void {
    const { span } = statement;
    switch (statement.kind) {
      case "let":
        return lines.add(depth, `let ${statement.name} = ${this.#top(statement.value)};`, span);
      case "set":
        for (const line of this.#set(statement)) lines.add(depth, line, span);
        return;
      case "for":
        lines.add(depth, this.#loopHead(statement), span);
        this.#block(statement.body, depth + 1, lines);
        return lines.add(depth, "}", span);
      case "if":
        lines.add(depth, `if (${this.#top(statement.condition)}) {`, span);
        this.#block(statement.whenTrue, depth + 1, lines);
        if (statement.whenFalse.length > 0) lines.add(depth, "} else {", span);
        this.#block(statement.whenFalse, depth + 1, lines);
        return lines.add(depth, "}", span);
      case "leaveUnless":
        return lines.add(depth, `if (!${this.#expr(statement.condition)}) { break; }`, span);
      case "atomic":
        for (const line of this.#atomic(statement)) lines.add(depth, line, span);
        return;
      case "message": {
        const { site, moment, visit, place, bits } = statement;
        const parts = [moment, visit, place, bits].map((part) => this.#top(part)).join(", ");
        return lines.add(depth, `report(${site}u, program, ${parts});`, span);
      }
      case "fail": {
        const parts = [statement.moment, statement.place].map((part) => this.#top(part)).join(", ");
        return lines.add(depth, `fail(${statement.site}u, ${parts});`, span);
      }
      case "conclude":
        return lines.add(depth, "conclude(program);", span);
      case "barrier":
        return lines.add(depth, `${statement.space}Barrier();`, span);
      case "agree":
        return lines.add(depth, `let ${statement.name} = workgroupUniformLoad(&${statement.memory});`, span);
    }
  }

  #atomic(statement: Extract<Statement, { kind: "atomic" }>): readonly string[] {
    const { name, memory, op, type } = statement;
    const place = `&${memory}[${this.#top(statement.index)}]`;
    const value = this.#top(statement.value);
    if (op !== "cas") return [`let ${name} = ${atomicFunctions[op]}(${place}, ${value});`];
    const expected = statement.compare === undefined ? value : this.#expr(statement.compare);
    // WGSL's exchange may fail without a reason; then it is asked again, a bounded number of times.
    return [
      `var ${name}_now = ${expected};`,
      `for (var ${name}_try = 0; ${name}_try < 1000; ${name}_try += 1) {`,
      `  let ${name}_answer = atomicCompareExchangeWeak(${place}, ${type.scalar}(${expected}), ${value});`,
      `  ${name}_now = ${name}_answer.old_value;`,
      `  if (${name}_answer.exchanged || ${name}_now != ${expected}) { break; }`,
      "}",
      `let ${name} = ${name}_now;`,
    ];
  }

  #loopHead(loop: Extract<Statement, { kind: "for" }>): string {
    const { index, from, to, step } = loop;
    return `for (var ${index} = ${this.#top(from)}; ${index} < ${this.#expr(to)}; ${index} += ${step}i) {`;
  }

  #set(statement: Extract<Statement, { kind: "set" }>): readonly string[] {
    const memory = this.#memory(statement.memory);
    const value = this.#top(statement.value);
    const buffer = this.#storage(memory);
    if (buffer !== undefined && statement.index !== undefined)
      return buffer.write(memory.name, this.#top(statement.index), value, this.#link);
    return [`${this.#element(memory, statement.index)} = ${value};`];
  }

  #memory(name: string): Memory {
    const memory = this.#memories.get(name);
    if (memory === undefined) throw new Fault("internal/memory", `no memory ${name}`);
    return memory;
  }

  #storage(memory: Memory): Storage | undefined {
    const isBuffer = memory.space === "read" || memory.space === "readwrite";
    return isBuffer ? storageOf(memory) : undefined;
  }

  #element(memory: Memory, index: Expr | undefined): string {
    if (index === undefined) return memory.name;
    if (memory.space !== "workgroup") return `${memory.name}[${this.#top(index)}]`;
    const offset = memory.offset ?? 0;
    const place = offset === 0 ? this.#top(index) : `${offset}i + ${this.#expr(index)}`;
    return `${poolName(memory.type)}[${place}]`;
  }

  /** Without the parentheses that nothing around needs. */
  #top(expr: Expr): string {
    const text = this.#expr(expr);
    const wrapped = expr.kind === "binary" && text.startsWith("(") && text.endsWith(")");
    return wrapped ? text.slice(1, -1) : text;
  }

  #expr(expr: Expr): string {
    const operand = (input: Expr): { text: string; type: Expr["type"] } => ({
      text: this.#expr(input),
      type: input.type,
    });
    const link = this.#link;
    switch (expr.kind) {
      case "const":
        return spellConst(expr);
      case "name":
        return expr.name;
      case "unary":
        return spellUnary[expr.op](operand(expr.input), link);
      case "binary":
        return spellBinary[expr.op](operand(expr.left), operand(expr.right), link);
      case "select":
        return `select(${this.#top(expr.no)}, ${this.#top(expr.yes)}, ${this.#top(expr.condition)})`;
      case "convert":
        return spellConvert(expr.type, { text: this.#top(expr.input), type: expr.input.type }, link);
      case "bitcast":
        return `bitcast<${spellType(expr.type)}>(${this.#top(expr.input)})`;
      case "half":
        return `${link("half", expr.type.width)}(${this.#top(expr.input)})`;
      case "splat":
        return `${spellType(expr.type)}(${this.#top(expr.input)})`;
      case "matrix":
        return `mat4x4f(${expr.parts.map((part) => this.#top(part)).join(", ")})`;
      case "transform":
        return `(${this.#expr(expr.matrix)} * ${this.#expr(expr.input)})`;
      case "pack":
        return `${spellType(expr.type)}(${expr.parts.map((part) => this.#top(part)).join(", ")})`;
      case "lane":
        return this.#lane(expr);
      case "shuffle":
        return `subgroupShuffleXor(${this.#top(expr.input)}, ${expr.bit}u)`;
      case "broadcast":
        return `subgroupBroadcast(${this.#top(expr.input)}, ${expr.from}u)`;
      case "word":
        return `${expr.memory}[${this.#top(expr.index)}]`;
      case "dotBytes":
        return spellDotBytes(expr.signed, this.#top(expr.left), this.#top(expr.right));
      case "read":
        return this.#read(expr);
    }
  }

  #lane(expr: Extract<Expr, { kind: "lane" }>): string {
    const component = expr.index.kind === "const" ? ["x", "y", "z", "w"][expr.index.value] : undefined;
    const input = this.#expr(expr.input);
    return component === undefined ? `${input}[${this.#top(expr.index)}]` : `${input}.${component}`;
  }

  #read(expr: Extract<Expr, { kind: "read" }>): string {
    const memory = this.#memory(expr.memory);
    const buffer = this.#storage(memory);
    if (buffer !== undefined && expr.index !== undefined)
      return buffer.read(memory.name, this.#top(expr.index), this.#link);
    return this.#element(memory, expr.index);
  }

  readonly #link: Link = (name, width) => {
    for (const linked of withUses({ name, width })) this.#linked.set(linkedName(linked), linked);
    return linkedName({ name, width });
  };
}

const atomicFunctions: Record<Exclude<AtomicName, "cas">, string> = {
  add: "atomicAdd",
  max: "atomicMax",
  min: "atomicMin",
  and: "atomicAnd",
  or: "atomicOr",
  xor: "atomicXor",
  exchange: "atomicExchange",
};

const bound: readonly (readonly [string, string])[] = [
  ["tid", "let tid = i32(thread);"],
  ["lane", "let lane = i32(in_subgroup);"],
  ["program_x", "let program_x = i32(program % params.grid_x);"],
  ["program_y", "let program_y = i32((program / params.grid_x) % params.grid_y);"],
  ["program_z", "let program_z = i32(program / (params.grid_x * params.grid_y));"],
  ["programs_x", "let programs_x = i32(params.grid_x);"],
  ["programs_y", "let programs_y = i32(params.grid_y);"],
  ["programs_z", "let programs_z = i32(params.grid_z);"],
];

function poolName({ scalar, width }: ThreadType): string {
  return width === 1 ? `pool_${scalar}` : `pool_${scalar}x4`;
}

function registersType(memory: Memory): string {
  const type = spellType(memory.type);
  return memory.length === 0 ? type : `array<${type}, ${memory.length}>`;
}

/** A bool is a u32 in the uniform block; an f16 is an f32. */
export function uniformType(dtype: string): "f32" | "i32" | "u32" {
  return dtype === "f32" || dtype === "f16" ? "f32" : dtype === "i32" ? "i32" : "u32";
}

/** Some value or memory is an f16. */
function usesHalves({ memories, body }: ThreadKernel): boolean {
  let found = memories.some(({ type }) => type.scalar === "f16");
  walkStatements(body, (statement) => {
    for (const root of expressionsOf(statement))
      walkExpr(root, ({ type }) => {
        found ||= type.scalar === "f16";
      });
  });
  return found;
}

function namesIn(body: readonly Statement[]): ReadonlySet<string> {
  const names = new Set<string>();
  walkStatements(body, (statement) => {
    for (const root of expressionsOf(statement))
      walkExpr(root, (expr) => {
        if (expr.kind === "name") names.add(expr.name);
      });
  });
  return names;
}
