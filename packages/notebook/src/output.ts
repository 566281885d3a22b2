import type { FaultData, Span } from "@tilebook/base";

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
  | PrintedOutput;

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
  /** Handle in the executor; the app asks for slices and statistics with it. Lost after the executor restarts. */
  readonly handle: string;
  readonly dtype: string;
  readonly shape: readonly number[];
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

/** One text of the way from tiles to WGSL, linked to the source by line. Mirrors the compiler's Stage. */
export interface KernelStage {
  readonly name: string;
  readonly text: string;
  readonly spans: readonly (Span | undefined)[];
}

/** What the kernel panel shows about one kernel a cell has run. */
export interface KernelReport {
  /** The cell that caused the run. */
  readonly cell: string;
  readonly name: string;
  readonly key: string;
  readonly stages: readonly KernelStage[];
  readonly dispatches: number;
  readonly programs: number;
  readonly milliseconds?: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly remarks: readonly FaultData[];
}
