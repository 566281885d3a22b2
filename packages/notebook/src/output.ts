import type { FaultData, Origin } from "@tilebook/base";

/**
 * What a cell shows, as data. Cell code never touches a DOM; the app turns these into pixels, the CLI into text.
 * Everything here survives structuredClone and is decoded and bounded when it crosses from the sandbox to the app.
 */
export type Output =
  | ValueOutput
  | TensorOutput
  | ImageOutput
  | TableOutput
  | PlotOutput
  | MarkdownOutput
  | TextOutput
  | InputOutput
  | ProgressOutput
  | CheckOutput
  | OriginOutput
  | PrintedOutput
  | DownloadOutput;

/** A JavaScript value as a bounded tree, for inspection. */
export type ValueTree =
  | {
      readonly kind: "primitive";
      readonly type: "number" | "string" | "boolean" | "bigint" | "symbol" | "null" | "undefined";
      readonly text: string;
    }
  | { readonly kind: "function"; readonly name: string }
  /** A kernel, by the name it is bound to. */
  | { readonly kind: "kernel"; readonly name: string }
  | { readonly kind: "tensor"; readonly tensor: TensorSummary }
  | {
      readonly kind: "list" | "object";
      /** "Array", "Map", "Float32Array", the class name, ... */
      readonly type: string;
      readonly entries: readonly { readonly key: string; readonly value: ValueTree }[];
      /** How many entries there really are. */
      readonly size: number;
    }
  | { readonly kind: "cut" };

export interface ValueOutput {
  readonly kind: "value";
  /** The name it is bound to, when it is shown because the cell defines it. */
  readonly name?: string;
  readonly value: ValueTree;
}

export interface TensorSummary {
  /**
   * Handle in the executor; the app asks for slices and statistics with it. Lost after the executor restarts. Empty where the
   * tensor has no buffer: it was only a step on the way to others.
   */
  readonly handle: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** What is kept in the place of its numbers, and the bits of that for each: weights of codes. */
  readonly kept?: { readonly format: string; readonly bits: number };
}

export interface TensorOutput {
  readonly kind: "tensor";
  readonly name?: string;
  readonly tensor: TensorSummary;
}

/** A picture: RGBA bytes, row-major, `width * height * 4` of them. Shown with crisp pixels, `scale` times as large. */
export interface ImageOutput {
  readonly kind: "image";
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray;
  readonly scale: number;
  readonly label?: string;
}

export type TableCell = string | number | boolean | null;

export interface TableOutput {
  readonly kind: "table";
  readonly columns: readonly string[];
  /** At most 1,000 rows are sent. */
  readonly rows: readonly (readonly TableCell[])[];
  readonly total: number;
  readonly label?: string;
}

/** Marks in the vocabulary of Observable Plot: each has data rows and channel names into them. */
export interface PlotMark {
  readonly mark: "line" | "dot" | "bar" | "rule" | "text" | "cell";
  readonly data: readonly Readonly<Record<string, TableCell>>[];
  /** Names of the columns for the channels. */
  readonly x?: string;
  readonly y?: string;
  readonly color?: string;
  readonly text?: string;
  /** Where a bar begins, if not at 0. */
  readonly from?: string;
}

export interface PlotAxis {
  readonly label?: string;
  readonly type?: "linear" | "log" | "band";
  readonly domain?: readonly [number, number];
}

export interface PlotOutput {
  readonly kind: "plot";
  readonly title?: string;
  readonly marks: readonly PlotMark[];
  readonly x?: PlotAxis;
  readonly y?: PlotAxis;
  readonly legend?: boolean;
}

export interface MarkdownOutput {
  readonly kind: "markdown";
  readonly text: string;
}

/** Lines written with console.log and friends. */
export interface TextOutput {
  readonly kind: "text";
  readonly level: "log" | "warn" | "error";
  readonly text: string;
}

/** A control. When the person moves it, the cell runs again and the call that made it returns the new value. */
export type InputOutput = { readonly kind: "input"; readonly name: string; readonly label: string } & (
  | {
      readonly control: "slider";
      readonly min: number;
      readonly max: number;
      readonly step: number;
      readonly value: number;
    }
  | { readonly control: "select"; readonly options: readonly string[]; readonly value: string }
  | { readonly control: "toggle"; readonly value: boolean }
  | { readonly control: "text"; readonly value: string }
  /**
   * A file of this device, or of an address that the person names; `address` is one that the cell suggests, or empty. The value is the app's
   * token for the file that was chosen, or empty.
   */
  | { readonly control: "file"; readonly accept: string; readonly address: string; readonly value: string }
);

export type InputValue = number | string | boolean;

export interface ProgressOutput {
  readonly kind: "progress";
  readonly label: string;
  readonly done: number;
  readonly total: number;
}

/** A statement about a measured number. The CLI exits non-zero when one does not pass. */
export interface CheckOutput {
  readonly kind: "check";
  readonly label: string;
  readonly passed: boolean;
  readonly measured: string;
  readonly expected: string;
}

/** A file that the person may save: a name without folders that ends as data, and what is in it. */
export interface DownloadOutput {
  readonly kind: "download";
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A way to the step of a kernel that stored an element of a tensor. */
export interface OriginOutput {
  readonly kind: "origin";
  /** The kernel's name, and which of its outputs the tensor is. */
  readonly kernel: string;
  readonly output: number;
  readonly element: number;
  /** "element 3", "element (1, 2)". */
  readonly place: string;
  /** What is the matter with it. */
  readonly label?: string;
}

/** What `print` showed of one tile: at most its first 64 elements. */
export interface PrintedTile {
  /** The label. */
  readonly text: string;
  /** Which program said it. */
  readonly program: readonly number[];
  /** How often that program had been there before. */
  readonly visit: number;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Row-major places of the elements, in order, and their values. */
  readonly places: readonly number[];
  readonly values: readonly number[];
}

/** What one launch of a kernel printed. */
export interface PrintedOutput {
  readonly kind: "printed";
  readonly kernel: string;
  readonly tiles: readonly PrintedTile[];
  /** Tiles beside these. */
  readonly more: number;
  /** Elements that found no room in the device's buffer. */
  readonly dropped: number;
}

/** What the kernel panel lists about one kernel a cell has run. Its texts are fetched when somebody looks (`KernelDetail`). */
export interface KernelReport {
  /** The cell that caused the run. */
  readonly cell: string;
  readonly name: string;
  readonly key: string;
  /** The texts its lines come from, that of most lines first: ids of cells, or paths such as "tilebook/attention". */
  readonly sources: readonly string[];
  readonly dispatches: number;
  readonly programs: number;
  readonly milliseconds?: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly remarks: readonly FaultData[];
  /** Its launches, equal ones together, in the order of the first of each. At most 16. */
  readonly launches: readonly KernelLaunch[];
  /** Why it does not compile, or why the run it was part of failed. */
  readonly fault?: FaultData;
}

/** Launches of a kernel with the same grid and the same numbers. */
export interface KernelLaunch {
  /** The first of them, counted from 0 among all launches of this kernel in the run. */
  readonly first: number;
  readonly times: number;
  readonly grid: readonly number[];
  /** Its scalar parameters. */
  readonly scalars: readonly { readonly name: string; readonly value: number }[];
}

/** What the kernel panel shows of one kernel when it is looked at. */
export interface KernelDetail {
  /** From Tile IR to WGSL. Of a kernel that does not compile, as far as it came. */
  readonly stages: readonly KernelStage[];
  /** What each of the report's launches has to do, in their order: all programs together. */
  readonly work: readonly KernelWork[];
}

/** One text of the way from tiles to WGSL, linked to the source by line. Mirrors the compiler's Stage. */
export interface KernelStage {
  readonly name: string;
  readonly text: string;
  readonly spans: readonly (Origin | undefined)[];
  /** Passes that came after this text, before the next one, and changed nothing. */
  readonly quiet: readonly string[];
}

/** Mirrors the compiler's LaunchWork. */
export interface KernelWork {
  readonly flops: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** False when a loop or a branch depends on data, or when only some of the programs were counted. */
  readonly exact: boolean;
}
