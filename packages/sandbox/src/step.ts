import type { FaultData, Span } from "@tilebook/base";

/** Stepping through a program of a kernel: what is asked of the interpreter in the GPU worker, and what it shows. */

/**
 * Keeps one launch of a kernel, as it was before it ran, so that its programs can be stepped through. A new one takes the
 * place of the one before.
 */
export interface StepProbe {
  readonly kind: "step";
  /** The key of the kernel, as its report has it. */
  readonly kernel: string;
  /** Which launch of this kernel in the run, counted from 0. */
  readonly launch: number;
}

/** The launch is kept and waits at the first op of its first program. */
export interface StepOpening {
  readonly kind: "step";
  readonly kernel: string;
  readonly launch: number;
  /** Names what is kept in `StepRequest`s. */
  readonly session: number;
  readonly name: string;
  readonly grid: ProgramPlace;
  /** The Tile IR, and what stands on each of its lines. */
  readonly text: string;
  readonly lines: readonly StepLine[];
  readonly buffers: readonly StepBufferInfo[];
}

/** The ids of a program along the three axes of the grid. */
export type ProgramPlace = readonly [number, number, number];

export interface StepLine {
  /** The op that begins on this line, counted from 0 in the order of the text. */
  readonly op?: number;
  readonly span?: Span;
}

/** A pointer parameter. */
export interface StepBufferInfo {
  readonly value: number;
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** The kernel stores to it. */
  readonly written: boolean;
}

/** Where to go. All but `position` go on from where the program is; they stop early at a trap. */
export type StepTarget =
  /** To the place after so many steps. */
  | { readonly kind: "position"; readonly position: number }
  /** At least one step, then until one of these ops is next. When that does not come any more: to the first time it did. */
  | { readonly kind: "ops"; readonly ops: readonly number[] }
  /** To the next turn of the innermost loop, or out of it; outside of loops to the first turn of the next one. */
  | { readonly kind: "turn" }
  | { readonly kind: "end" };

export type StepRequest =
  | {
      readonly do: "go";
      readonly session: number;
      readonly program: ProgramPlace;
      readonly to: StepTarget;
    }
  /** All elements of a value that the last view lists. */
  | { readonly do: "tile"; readonly session: number; readonly value: number }
  /** A window of a buffer, which stands as a matrix of its last axis; its corner is moved so that it has room. */
  | {
      readonly do: "buffer";
      readonly session: number;
      readonly value: number;
      readonly row: number;
      readonly column: number;
    }
  /** Runs all programs and looks for races, traps, NaNs and loads of what nothing stored. */
  | { readonly do: "look"; readonly session: number }
  /** Runs all programs and says which one stored (or changed) this element last. */
  | { readonly do: "writer"; readonly session: number; readonly value: number; readonly element: number }
  /** Ends what is under way for this session; it answers with what it has. */
  | { readonly do: "stop"; readonly session: number }
  | { readonly do: "close"; readonly session: number };

export type StepAnswer =
  | StepView
  | StepTile
  | StepFindings
  | { readonly kind: "writer"; readonly place?: StepPlace }
  | { readonly kind: "done" };

/** One step of one program. After `position` steps the program is there again. */
export interface StepPlace {
  readonly program: ProgramPlace;
  readonly position: number;
}

/** A program between two steps. */
export interface StepView extends StepPlace {
  readonly kind: "view";
  readonly ended: boolean;
  /** The op that the next step runs. Absent at the end, and between the turns of an empty loop. */
  readonly next?: number;
  /** Values that the next op reads, and those that the last step wrote. */
  readonly reads: readonly number[];
  readonly written: readonly number[];
  /** In the order of their definition. */
  readonly values: readonly StepValue[];
  readonly buffers: readonly StepBuffer[];
  /** What the last step, or the one that could not be made, ran into. */
  readonly trap?: StepTrap;
  /** What the program has printed so far. */
  readonly printed: readonly StepPrint[];
}

export interface StepValue extends StepSample {
  readonly value: number;
  readonly label?: string;
  readonly role: "parameter" | "index" | "carried" | "result";
  readonly dtype: string;
  readonly shape: readonly number[];
  /** The op that defines it. */
  readonly op?: number;
  /** Of the numbers among its elements; NaN when there are none. */
  readonly minimum: number;
  readonly maximum: number;
  readonly nans: number;
}

/** Some of the elements of a tile, evenly spaced, as a picture; all of them when it is small. */
export interface StepSample {
  readonly rows: number;
  readonly columns: number;
  readonly sample: Float64Array;
  /** 1 for elements that the mask of the load kept away from memory. */
  readonly hidden?: Uint8Array;
}

/** Bits of `StepBuffer.strip` and of `StepTile.flags`. */
export const touched = { loaded: 1, stored: 2, nextLoads: 4, nextStores: 8 } as const;

/** A buffer from its first element to its last in a few hundred parts, each with what was done to any element of it. */
export interface StepBuffer {
  readonly value: number;
  readonly strip: Uint8Array;
  /** Elements that this program has loaded, and has stored or changed. */
  readonly loaded: number;
  readonly stored: number;
  /** What the next op does with it, and to how many elements. */
  readonly next?: { readonly how: "load" | "store" | "atomic"; readonly elements: number };
  /** An element worth looking at: of the next op, or of the last one that touched the buffer. */
  readonly focus: number;
}

export interface StepTrap {
  readonly fault: FaultData;
  /** The element of the tiles in `values` that it is about, by its row-major place. */
  readonly lane?: number;
  /** The op. */
  readonly op?: number;
  readonly values: readonly number[];
}

export interface StepPrint {
  readonly text: string;
  readonly elements: readonly { readonly place: number; readonly value: number }[];
}

export interface StepTile {
  readonly kind: "tile";
  readonly value: number;
  /** Of the whole: its elements as a matrix of the last axis. */
  readonly rows: number;
  readonly columns: number;
  /** The corner of the window, and its size. A tile's window is all of it. */
  readonly row: number;
  readonly column: number;
  readonly height: number;
  readonly width: number;
  readonly values: Float64Array;
  readonly hidden?: Uint8Array;
  readonly flags?: Uint8Array;
}

export interface StepFindings {
  readonly kind: "findings";
  readonly findings: readonly StepFinding[];
  /** Programs that were run: all of them, unless it was stopped. */
  readonly programs: number;
}

/** Each op's first finding of a kind. Its place is before the step that runs into it. */
export interface StepFinding extends StepPlace {
  readonly fault: FaultData;
  readonly lane?: number;
  readonly op?: number;
}
