import type { TextOutput } from "@tilebook/notebook";
import type { Asset } from "./asset.ts";
import { type FileOptions, Inputs } from "./inputs.ts";
import type { Scope } from "./scope.ts";

/** What the sandbox gives to the cells of one run, beside the tensor API. */
export interface CellGlobals {
  /** Shows a value (a tensor is computed first, a promise awaited) and gives it back. */
  display<T>(value: T): T;
  /** Makes a place that shows one value after the other. */
  live(): (value: unknown) => void;
  slider: Inputs["slider"];
  select: Inputs["select"];
  toggle: Inputs["toggle"];
  textInput: Inputs["text"];
  /** A file of this device that the person chose, or undefined. */
  fileInput(label: string, options?: FileOptions): Promise<Asset | undefined>;
  /** A file that ships with Tilebook. */
  asset(name: string): Promise<Asset>;
  /** Shows how far something is, or goes through a list and shows how far it is. */
  progress: Progress;
  sleep(milliseconds: number): Promise<void>;
  console: CellConsole;
  /** Aborted when nobody wants its work any more: it was interrupted or superseded, or its values are no longer wanted. */
  signal: AbortSignal;
  /** Resolves when the run was interrupted, or its values are no longer wanted. */
  invalidation: Promise<void>;
}

export interface Progress {
  (label: string, done: number, total: number): void;
  <T>(items: readonly T[], label?: string): AsyncGenerator<T>;
}

export type CellConsole = Readonly<
  Record<"log" | "info" | "debug" | "warn" | "error", (...values: readonly unknown[]) => void>
>;

export function cellGlobals(scope: Scope, asset: (name: string) => Promise<Asset>): CellGlobals {
  const inputs = new Inputs(scope.inputs, (output) => {
    // The value of a file is the file itself, once it is there.
    if (output.control !== "file") scope.controls.push(output.value);
    scope.outputs.add(output);
  });
  return {
    display: (value) => {
      scope.show(value);
      return value;
    },
    live: () => scope.live(),
    slider: inputs.slider,
    select: inputs.select,
    toggle: inputs.toggle,
    textInput: inputs.text,
    fileInput: async (label, options) => {
      const token = inputs.file(label, options);
      const file = token === "" ? undefined : await asset(token);
      scope.controls.push(file);
      return file;
    },
    asset,
    progress: progressOf(scope),
    sleep: (milliseconds) => scope.sleep(milliseconds),
    console: consoleOf(scope),
    signal: scope.signal,
    invalidation: scope.invalidation,
  };
}

function progressOf(scope: Scope): Progress {
  const each = async function* <T>(items: readonly T[], label: string): AsyncGenerator<T> {
    const list = Array.from(items);
    for (const [done, item] of list.entries()) {
      scope.outputs.progress(label, done, list.length);
      yield item;
      // Lets an interrupt in between two items.
      await scope.sleep(0);
    }
    scope.outputs.progress(label, list.length, list.length);
  };
  return ((first: unknown, second: unknown, total: unknown) => {
    if (typeof first === "string") return scope.outputs.progress(first, Number(second), Number(total));
    return each(first as readonly unknown[], typeof second === "string" ? second : "progress");
  }) as Progress;
}

function consoleOf(scope: Scope): CellConsole {
  const at =
    (level: TextOutput["level"]) =>
    (...values: readonly unknown[]): void =>
      scope.log(level, values);
  return { log: at("log"), info: at("log"), debug: at("log"), warn: at("warn"), error: at("error") };
}
