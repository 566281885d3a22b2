import { tensorGlobals, tensorTypes } from "@tilebook/tensor";

/** What the sandbox adds to the tensor API. */
const ownGlobals: readonly string[] = [
  "display",
  "live",
  "slider",
  "select",
  "toggle",
  "textInput",
  "fileInput",
  "asset",
  "progress",
  "sleep",
  "console",
  "signal",
  "invalidation",
];

/** What every cell can use by name, besides JavaScript's own and the tile language inside kernels. */
export const cellGlobals: readonly string[] = [...tensorGlobals, ...ownGlobals];

/** The ambient declarations of these names, for the editor. The tile language's stand in packages/lang. */
export const cellTypes: string = `${tensorTypes}
/** Shows a value below the cell and gives it back. */
declare function display<T>(value: T): T;

/** A place that shows one value after the other: \`const place = live(); place(plot(...));\`. Plain values and outputs; await the others. */
declare function live(): (value: unknown) => void;

/** A slider. Moving it runs the cell again; this call then gives the new value. */
declare function slider(
  label: string,
  options: { readonly min: number; readonly max: number; readonly step?: number; readonly value?: number },
): number;
/** A list to choose from; the first option by default. */
declare function select<const T extends string>(label: string, options: readonly T[], value?: NoInfer<T>): T;
declare function toggle(label: string, value?: boolean): boolean;
declare function textInput(label: string, value?: string): string;
/**
 * A file, once the person has chosen one of this device or loaded one from an address: \`const file = await fileInput("weights", { accept: ".safetensors" })\`.
 * \`address\` (https) suggests one; it is offered where it stands in the notebook as it is.
 * Any size: \`file.bytes\` of up to 256 MiB, \`await file.slice(from, to)\` any part. Faults: input/accept, input/address, asset/gone.
 */
declare function fileInput(
  label: string,
  options?: { readonly accept?: string; readonly address?: string },
): Promise<Asset | undefined>;

/** A file that ships with Tilebook, or that the person chose. */
interface Asset {
  readonly name: string;
  /** How many bytes it has. */
  readonly size: number;
  /** All of it, as the host served it: a ".gz" may still be compressed. At most 256 MiB (asset/large). */
  readonly bytes: Uint8Array;
  /**
   * The bytes from \`from\` up to \`to\`, without the rest: \`await file.slice(0, 1024)\`. At most 1 GiB. \`within\`: this part is one of several whose bar it
   * shares. Faults: asset/range, asset/cut; of a file read in parts at its address also address/changed, address/parts, address/reach.
   */
  slice(from?: number, to?: number, within?: { readonly before: number; readonly all: number }): Promise<Uint8Array>;
  /** Its text, decompressed when it is compressed. */
  text(): Promise<string>;
  /** The numbers of a CSV file without a head, row by row. */
  numbers(): Promise<number[][]>;
}
declare function asset(name: string): Promise<Asset>;

/** Shows how far something is. */
declare function progress(label: string, done: number, total: number): void;
/** Goes through a list and shows how far it is: for await (const x of progress(list)) { ... } */
declare function progress<T>(items: readonly T[], label?: string): AsyncGenerator<T>;

/** Waits. An interrupt ends the wait. */
declare function sleep(milliseconds: number): Promise<void>;

/**
 * Aborted when nobody wants this run's work any more: it is interrupted, a newer run is on its way, or has come. A cell that sees it
 * may end; it runs again. What writers write for it ends by itself.
 */
declare const signal: AbortSignal;
/** Resolves when this run is interrupted, or its values give way to newer ones: for cleaning up. */
declare const invalidation: Promise<void>;
`;
