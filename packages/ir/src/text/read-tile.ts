import type { Span } from "@tilebook/base";
import { type BufferDType, bufferDTypes, type DType, dtypes } from "../dtype.ts";
import {
  type AtomicName,
  atomicNames,
  binaryMeaning,
  type BinaryName,
  type ReduceName,
  reduceNames,
  unaryMeaning,
  type UnaryName,
} from "../ops.ts";
import { some } from "../some.ts";
import type {
  Access,
  AssertOp,
  Carried,
  Combine,
  Defined,
  Joined,
  PrintOp,
  StoreOp,
  TileKernel,
  TileOp,
  TileParam,
  TileType,
  TileValueOp,
  ValueId,
} from "../tile.ts";
import { readNumber } from "./lines.ts";
import { type ReadName, Tokens } from "./tokens.ts";

/** Blocks nested deeper than this are refused, as `decodeTile` does. */
const maxDepth = 32;

const accesses: readonly Access[] = ["read", "write", "readwrite"];

/**
 * Reads what `printTile` prints; see there for the form. The kernel is not verified. With `source`, every op gets
 * the span of its line in this text. Throws Faults `text/syntax` with the place.
 */
export function readTile(text: string, source?: string): TileKernel {
  const reader = new TileReader(new Tokens(text, source ?? "tile"), source !== undefined);
  return reader.kernel();
}

interface Result {
  readonly name: ReadName;
  readonly type: TileType;
}

type Draft<T> = T extends TileOp ? Omit<T, "span" | "result" | "type" | "label"> : never;

class TileReader {
  readonly #tokens: Tokens;
  readonly #spans: boolean;
  #depth = 0;

  constructor(tokens: Tokens, spans: boolean) {
    this.#tokens = tokens;
    this.#spans = spans;
  }

  kernel(): TileKernel {
    const start = this.#tokens.mark();
    this.#tokens.expect("kernel");
    const name = this.#tokens.next();
    this.#tokens.expect("(");
    const params = this.#tokens.peek() === ")" ? [] : this.#tokens.list(() => this.#param());
    this.#tokens.expect(")");
    const head = this.#span(start);
    const { body } = this.#block();
    if (this.#tokens.peek() !== undefined) throw this.#tokens.fault("a kernel ends with its last }");
    return { name, params, body, ...some({ span: head }) };
  }

  #param(): TileParam {
    const { value, label = "" } = this.#tokens.name();
    this.#tokens.expect(":");
    if (!this.#tokens.take("ptr")) return { kind: "scalar", name: label, value, dtype: this.#dtype() };
    this.#tokens.expect("<");
    const dtype = this.#bufferDType();
    this.#tokens.expect(",");
    const access = this.#tokens.word("read, write or readwrite", (text) =>
      accesses.find((item) => item === text),
    );
    this.#tokens.expect(">");
    return { kind: "pointer", name: label, value, dtype, access };
  }

  #block(): { readonly body: TileOp[]; readonly yields: ValueId[] } {
    this.#tokens.expect("{");
    this.#depth += 1;
    if (this.#depth > maxDepth + 1) throw this.#tokens.fault(`blocks are nested deeper than ${maxDepth}`);
    const body: TileOp[] = [];
    while (this.#tokens.peek() !== "}" && this.#tokens.peek() !== "yield") body.push(this.#op());
    const yields = this.#tokens.take("yield") ? this.#tokens.list(() => this.#value()) : [];
    this.#tokens.expect("}");
    this.#depth -= 1;
    return { body, yields };
  }

  #op(): TileOp {
    const start = this.#tokens.mark();
    const results = this.#results();
    const word = this.#tokens.next();
    if (word === "for") return this.#for(results, start);
    if (word === "if") return this.#if(results, start);
    if (word === "fold" || word === "scan") return this.#combining(word, results, start);
    if (word === "store" || word === "print" || word === "assert") {
      if (results.length > 0) throw this.#tokens.fault(`${word} defines no value`);
      return { ...this.#effect(word), ...some({ span: this.#span(start) }) };
    }
    const [result] = results;
    if (result === undefined || results.length > 1) throw this.#tokens.fault(`${word} defines one value`);
    const draft = this.#draft(word);
    const { name, type } = result;
    const about = some({ span: this.#span(start), label: name.label });
    return { ...draft, result: name.value, type, ...about };
  }

  #effect(word: "store" | "print" | "assert"): Draft<StoreOp | PrintOp | AssertOp> {
    if (word === "store") return this.#store();
    const turns = word === "assert" && this.#tokens.take("turns");
    const text = this.#tokens.quoted();
    const value = this.#value();
    if (word === "assert") return { kind: "assert", text, condition: value, ...(turns ? { turns } : {}) };
    return { kind: "print", text, value, ...some({ mask: this.#option("mask") }) };
  }

  #combining(kind: "fold" | "scan", results: readonly Result[], start: number): TileOp {
    const inputs = this.#tokens.list(() => this.#value());
    this.#tokens.expect("axis");
    const axis = this.#tokens.integer();
    const reverse = kind === "scan" && this.#tokens.take("reverse");
    this.#tokens.expect("with");
    const left = this.#tokens.list(() => this.#value());
    this.#tokens.expect("and");
    const right = this.#tokens.list(() => this.#value());
    const span = some({ span: this.#span(start) });
    const { body, yields } = this.#block();
    const combine: Combine = { left, right, body, yields };
    const made = results.map(({ name, type }): Defined => ({
      result: name.value,
      type,
      ...some({ label: name.label }),
    }));
    const shared = { axis, inputs, combine, results: made, ...span };
    return kind === "fold" ? { kind, ...shared } : { kind, reverse, ...shared };
  }

  #results(): Result[] {
    if (this.#tokens.peek()?.startsWith("%") !== true) return [];
    const results = this.#tokens.list((): Result => {
      const name = this.#tokens.name();
      this.#tokens.expect(":");
      return { name, type: this.#type() };
    });
    this.#tokens.expect("=");
    return results;
  }

  #for(results: readonly Result[], start: number): TileOp {
    const index = this.#tokens.name();
    this.#tokens.expect("=");
    const lower = this.#value();
    this.#tokens.expect("to");
    const upper = this.#value();
    this.#tokens.expect("step");
    const step = this.#tokens.integer();
    const goesOn = this.#tokens.take("while") ? this.#value() : undefined;
    const inits = this.#tokens.take("carry") ? this.#tokens.list(() => this.#init()) : [];
    const head = this.#span(start);
    const { body, yields } = this.#block();
    const carried = results.map(({ name, type }, place): Carried => {
      const given = inits[place];
      const next = yields[place];
      if (given === undefined || next === undefined)
        throw this.#tokens.fault("a loop carries as many values as it gives");
      return { ...given, yield: next, result: name.value, type, ...some({ label: name.label }) };
    });
    if (inits.length !== results.length || yields.length !== results.length)
      throw this.#tokens.fault("a loop carries as many values as it gives");
    const about = some({ while: goesOn, indexLabel: index.label, span: head });
    return { kind: "for", index: index.value, lower, upper, step, carried, body, ...about };
  }

  #init(): { readonly argument: ValueId; readonly init: ValueId } {
    const argument = this.#value();
    this.#tokens.expect("=");
    return { argument, init: this.#value() };
  }

  #if(results: readonly Result[], start: number): TileOp {
    const condition = this.#value();
    const head = this.#span(start);
    const yes = this.#block();
    this.#tokens.expect("else");
    const no = this.#block();
    const joined = results.map(({ name, type }, place): Joined => {
      const [whenTrue, whenFalse] = [yes.yields[place], no.yields[place]];
      if (whenTrue === undefined || whenFalse === undefined)
        throw this.#tokens.fault("both arms yield what the if gives");
      return { whenTrue, whenFalse, result: name.value, type, ...some({ label: name.label }) };
    });
    if (yes.yields.length !== results.length || no.yields.length !== results.length)
      throw this.#tokens.fault("both arms yield what the if gives");
    return { kind: "if", condition, whenTrue: yes.body, whenFalse: no.body, joined, ...some({ span: head }) };
  }

  #store(): Omit<StoreOp, "span"> {
    const address = this.#address();
    this.#tokens.expect(",");
    const value = this.#value();
    const mask = this.#option("mask");
    return { kind: "store", ...address, value, ...some({ mask }) };
  }

  #draft(word: string): Draft<TileValueOp> {
    if (Object.hasOwn(unaryMeaning, word))
      return { kind: "unary", op: word as UnaryName, input: this.#value() };
    if (Object.hasOwn(binaryMeaning, word))
      return { kind: "binary", op: word as BinaryName, ...this.#sides() };
    switch (word) {
      case "const":
        return { kind: "const", value: this.#tokens.word("a number", readNumber) };
      case "programId":
      case "numPrograms":
        return { kind: word, axis: this.#tokens.word("axis 0, 1 or 2", readAxis) };
      case "arange":
        return { kind: "arange", start: this.#tokens.integer(), end: this.#tokens.integer() };
      case "broadcast":
      case "reshape":
      case "cast":
      case "bitcast":
        return { kind: word, input: this.#value() };
      case "transpose":
        return { kind: "transpose", input: this.#value(), order: this.#sizes() };
      case "dot":
      case "join":
        return { kind: word, ...this.#sides() };
      case "pick":
        return this.#pick();
      case "gather":
        return this.#gather();
      case "argsort":
        return this.#argsort();
      case "atomic":
        return this.#atomic();
      case "select":
        return this.#select();
      case "load":
        return this.#load();
      case "reduce":
        return this.#reduce();
      default:
        throw this.#tokens.fault(`there is no op ${word}`);
    }
  }

  #sides(): { readonly left: ValueId; readonly right: ValueId } {
    const left = this.#value();
    this.#tokens.expect(",");
    return { left, right: this.#value() };
  }

  #select(): Draft<TileValueOp> {
    const condition = this.#value();
    this.#tokens.expect(",");
    const { left, right } = this.#sides();
    return { kind: "select", condition, yes: left, no: right };
  }

  #load(): Draft<TileValueOp> {
    const address = this.#address();
    const mask = this.#option("mask");
    return { kind: "load", ...address, ...some({ mask, other: this.#option("other") }) };
  }

  #reduce(): Draft<TileValueOp> {
    const op: ReduceName = this.#tokens.word("a reduction", (text) =>
      reduceNames.find((item) => item === text),
    );
    return { kind: "reduce", op, input: this.#value(), axis: this.#axis() };
  }

  #pick(): Draft<TileValueOp> {
    const input = this.#value();
    const axis = this.#axis();
    this.#tokens.expect("at");
    return { kind: "pick", input, axis, index: this.#tokens.integer() };
  }

  #gather(): Draft<TileValueOp> {
    const { pointer: input, offset: index } = this.#address();
    return { kind: "gather", input, index, axis: this.#axis() };
  }

  #argsort(): Draft<TileValueOp> {
    const input = this.#value();
    const axis = this.#axis();
    return { kind: "argsort", input, axis, descending: this.#tokens.take("descending") };
  }

  #atomic(): Draft<TileValueOp> {
    const op: AtomicName = this.#tokens.word("an atomic", (text) =>
      atomicNames.find((item) => item === text),
    );
    const address = this.#address();
    this.#tokens.expect(",");
    const value = this.#value();
    const compare = this.#option("compare");
    return { kind: "atomic", op, ...address, value, ...some({ compare, mask: this.#option("mask") }) };
  }

  #axis(): number {
    this.#tokens.expect("axis");
    return this.#tokens.integer();
  }

  #address(): { readonly pointer: ValueId; readonly offset: ValueId } {
    const pointer = this.#value();
    this.#tokens.expect("[");
    const offset = this.#value();
    this.#tokens.expect("]");
    return { pointer, offset };
  }

  #option(word: string): ValueId | undefined {
    return this.#tokens.takePair(",", word) ? this.#value() : undefined;
  }

  #type(): TileType {
    const dtype = this.#dtype();
    return { dtype, shape: this.#tokens.peek() === "[" ? this.#sizes() : [] };
  }

  #sizes(): number[] {
    this.#tokens.expect("[");
    const sizes = this.#tokens.peek() === "]" ? [] : this.#tokens.list(() => this.#tokens.integer());
    this.#tokens.expect("]");
    return sizes;
  }

  #bufferDType(): BufferDType {
    return this.#tokens.word("a dtype", (text) => bufferDTypes.find((item) => item === text));
  }

  #dtype(): DType {
    return this.#tokens.word("a dtype", (text) => dtypes.find((item) => item === text));
  }

  #value(): ValueId {
    return this.#tokens.name().value;
  }

  #span(start: number): Span | undefined {
    return this.#spans ? this.#tokens.spanFrom(start) : undefined;
  }
}

function readAxis(text: string): 0 | 1 | 2 | undefined {
  return ([0, 1, 2] as const).find((axis) => String(axis) === text);
}
