import { Fault, type Span } from "@tilebook/base";
import { Calls } from "./calls.ts";
import { type AdmissionLimits, checkCaps, defaultLimits } from "./caps.ts";
import { type Edit, type Fuel, guardLoops } from "./fuel.ts";
import { epilogue, fillFuel, shiftGrid } from "./launch.ts";
import { type Source, spanIn } from "./lexer.ts";
import { parseModule } from "./parse.ts";
import { Reader } from "./reader.ts";
import { entryPoint, type RawBinding, reflectBindings } from "./reflect.ts";

/** A raw kernel that is bounded: it may be compiled and run. */
export interface Admitted {
  readonly source: Source;
  /** The guarded text. Its lines are those of the user's text, with two more at the end. */
  readonly wgsl: string;
  readonly entry: string;
  readonly workgroupSize: readonly [number, number, number];
  readonly bindings: readonly RawBinding[];
  readonly fuel: Fuel;
  /** The span of each line of `wgsl`. */
  readonly spans: readonly (Span | undefined)[];
}

/**
 * Bounds WGSL written by a user before it is compiled: refuses what could hang the compiler or eat the device's memory,
 * and gives every loop fuel. Faults `admission/...` carry the place. `entry` may be left out when there is one.
 */
export function admit(
  source: Source,
  options: { readonly entry?: string | undefined; readonly limits?: AdmissionLimits } = {},
): Admitted {
  const limits = options.limits ?? defaultLimits;
  checkLength(source, limits);
  const module = parseModule(source);
  const reader = new Reader(source, module.tokens);
  const calls = new Calls(module, reader);
  const { name, declaration, workgroupSize } = entryPoint(module, reader, options.entry);
  const bindings = reflectBindings(module, reader);
  checkCaps({ module, reader, calls, entry: name, declaration, workgroupSize, bindings, limits });
  const { fuel, edits } = guardLoops(module, reader, calls.reach(name));
  const all = [
    ...edits,
    ...shiftGrid(module, reader, { declaration, workgroupSize }),
    ...fillFuel(module, declaration, fuel),
  ];
  const wgsl = applyEdits(source.text, all) + epilogue(fuel);
  return { source, wgsl, entry: name, workgroupSize, bindings, fuel, spans: lineSpans(source) };
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

/** Edits at the same place stay in their order. */
function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.at - b.at)) {
    result += text.slice(at, edit.at) + edit.inserted;
    at = edit.at + edit.removed;
  }
  return result + text.slice(at);
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
