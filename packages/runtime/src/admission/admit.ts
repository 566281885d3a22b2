import { Fault, type Span } from "@tilebook/base";
import { Calls } from "./calls.ts";
import { type AdmissionLimits, checkCaps, defaultLimits } from "./caps.ts";
import { type Edit, type Fuel, guardLoops } from "./fuel.ts";
import { epilogue, fillFuel, shiftGrid } from "./launch.ts";
import { type Source, spanIn } from "./lexer.ts";
import {
  missingFault,
  missingOverrides,
  overridesOf,
  type OverrideValues,
  type RawOverride,
  withOverrides,
} from "./overrides.ts";
import { parseModule } from "./parse.ts";
import { Reader } from "./reader.ts";
import { entryNames, entryPoint, type RawBinding, reflectBindings, workgroupSizeOf } from "./reflect.ts";
import type { Module } from "./tree.ts";
import { Uses } from "./uses.ts";

/** A raw kernel that is bounded: it may be compiled and run. */
export interface Admitted {
  readonly source: Source;
  /** The guarded text. Its lines are those of the user's text, with two more at the end. */
  readonly wgsl: string;
  readonly entry: string;
  readonly workgroupSize: readonly [number, number, number];
  readonly bindings: readonly RawBinding[];
  readonly overrides: readonly RawOverride[];
  readonly fuel: Fuel;
  /** The span of each line of `wgsl`. */
  readonly spans: readonly (Span | undefined)[];
  /** The span of the word at a line and column (from 1) of `wgsl`, when it is the user's. */
  readonly wordAt: (line: number, column: number) => Span | undefined;
}

export interface AdmitOptions {
  /** The entry point; may be left out when there is one. */
  readonly entry?: string | undefined;
  readonly limits?: AdmissionLimits | undefined;
  /** Values of overrides for this run. */
  readonly overrides?: OverrideValues | undefined;
}

/**
 * Bounds WGSL written by a user before it is compiled: refuses what could hang the compiler or eat the device's memory,
 * and gives every loop fuel. Faults `admission/...` carry the place; `executor/bad-raw` says what is wrong with the
 * overrides given.
 */
export function admit(source: Source, options: AdmitOptions = {}): Admitted {
  const { module, reader } = parsed(source, options.limits ?? defaultLimits);
  return admitEntry(module, reader, options);
}

/** Every entry point of a text, bounded with the initial values of its overrides. Fault `admission/entry` without any. */
export function admitAll(source: Source, limits: AdmissionLimits = defaultLimits): readonly Admitted[] {
  const { module, reader } = parsed(source, limits);
  const names = entryNames(module);
  // One that has no initial value gets a small one here; each run is admitted again with the value it gives.
  const overrides = Object.fromEntries(
    missingOverrides(module, {}).map(({ name, dtype }) => [name, dtype === "bool" ? false : 1]),
  );
  if (names.length === 0) entryPoint(module, reader, undefined);
  return names.map((entry) => admitEntry(module, reader, { limits, entry, overrides }));
}

function parsed(
  source: Source,
  limits: AdmissionLimits,
): { readonly module: Module; readonly reader: Reader } {
  checkLength(source, limits);
  const module = parseModule(source);
  return { module, reader: new Reader(source, module.tokens) };
}

function admitEntry(plain: Module, reader: Reader, options: AdmitOptions): Admitted {
  const { limits = defaultLimits, overrides = {} } = options;
  const { module, edits: values } = withOverrides(plain, reader, overrides);
  const calls = new Calls(module, reader);
  const { name, declaration } = entryPoint(module, reader, options.entry);
  const uses = new Uses(module, calls, name);
  const [missing] = missingOverrides(module, overrides).filter((override) => uses.has(override.name));
  if (missing !== undefined) throw missingFault(module, reader, missing);
  const workgroupSize = workgroupSizeOf(module, reader, declaration);
  const bindings = reflectBindings(module, reader, uses);
  checkCaps({ module, reader, calls, entry: name, declaration, workgroupSize, bindings, uses, limits });
  const { fuel, edits } = guardLoops(module, reader, calls.reach(name));
  const all = [
    ...values,
    ...edits,
    ...shiftGrid(module, reader, { declaration, workgroupSize }),
    ...fillFuel(module, declaration, fuel),
  ].toSorted((a, b) => a.at - b.at);
  const { source } = reader;
  const wgsl = applyEdits(source.text, all) + epilogue(fuel);
  return {
    source,
    wgsl,
    entry: name,
    workgroupSize,
    bindings,
    overrides: overridesOf(module).filter((override) => uses.has(override.name)),
    fuel,
    spans: lineSpans(source),
    wordAt: (line, column) => {
      const at = placeBefore(all, offsetIn(wgsl, line, column));
      const token = module.tokens.find(({ start, end }) => start <= at && at < end);
      return token === undefined ? undefined : spanIn(source, token.start, token.end);
    },
  };
}

function checkLength(source: Source, limits: AdmissionLimits): void {
  if (source.text.length <= limits.sourceLength) return;
  throw new Fault(
    "admission/too-long",
    `the text has ${source.text.length} characters, more than ${limits.sourceLength}`,
    {
      span: spanIn(source, 0, 1),
    },
  );
}

/** Edits come in the order of their places. */
function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const edit of edits) {
    result += text.slice(at, edit.at) + edit.inserted;
    at = edit.at + edit.removed;
  }
  return result + text.slice(at);
}

/** The offset of a line and column, both counted from 1. */
function offsetIn(text: string, line: number, column: number): number {
  let start = 0;
  for (let at = 1; at < line; at++) start = text.indexOf("\n", start) + 1;
  return start + column - 1;
}

/** Where the character at `offset` of the edited text stood before. What was inserted stands where it was put. */
function placeBefore(edits: readonly Edit[], offset: number): number {
  let grown = 0;
  for (const { at, removed, inserted } of edits) {
    if (at + grown > offset) break;
    if (offset < at + grown + inserted.length) return at;
    grown += inserted.length - removed;
  }
  return offset - grown;
}

function lineSpans(source: Source): readonly (Span | undefined)[] {
  let start = 0;
  return source.text.split("\n").map((line) => {
    const from = start + (line.length - line.trimStart().length);
    const span = spanIn(source, from, Math.max(from, start + line.trimEnd().length));
    start += line.length + 1;
    return span;
  });
}
