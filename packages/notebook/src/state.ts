import type { FaultData } from "@tilebook/base";
import type { CellAnalysis } from "@tilebook/lang";
import type { KernelPin, KernelRecord, RunLevel } from "./document/front-matter.ts";
import type { InputValue, KernelReport, Output } from "./output.ts";

/** The state of an open notebook, and the two words it changes by: ops come in, effects go out. All plain data. */

export type CellKind = "ts" | "wgsl" | "prose";

/**
 * never    it has not run to its end since the notebook was opened; `cause` says when it was stopped
 * queued   it will run when what is before it has run
 * running  the cell worker is at it
 * fresh    its outputs belong to its text and its inputs
 * stale    its outputs (if any) belong to something older; `cause` says to what
 * failed   its last run ended in `fault`, or its text has a fault
 * blocked  a name it uses comes from a cell that failed, is missing, defined twice, or in a cycle; `fault` says which
 */
export type CellStatus = "never" | "queued" | "running" | "fresh" | "stale" | "failed" | "blocked";

export type StaleCause =
  | { readonly kind: "edited" }
  /** The cell that defines `name` changed or ran again. */
  | { readonly kind: "upstream"; readonly name: string; readonly cell: string }
  /** The control `name` was moved. */
  | { readonly kind: "input"; readonly name: string }
  /** Its outputs come from another device. */
  | { readonly kind: "device" }
  /** The mesh it asked for would be of other devices now. */
  | { readonly kind: "mesh" }
  /** Values were lost with the cell worker, the GPU worker or the device. */
  | { readonly kind: "restarted" }
  | { readonly kind: "interrupted" };

/** Measured by the last run that ended well. */
export interface Cost {
  readonly milliseconds: number;
  readonly bytes: number;
}

export interface CellState {
  /** Unique in the notebook: the id of its fence, or one made up when it was opened. */
  readonly id: string;
  /** The id stands in the file. */
  readonly named: boolean;
  readonly kind: CellKind;
  readonly text: string;
  /** Classes and key=value pairs of the fence, without the id. Unknown ones are kept. */
  readonly attributes: CellAttributes;
  /** Absent for prose. */
  readonly analysis?: CellAnalysis;
  readonly status: CellStatus;
  readonly cause?: StaleCause;
  readonly fault?: FaultData;
  readonly outputs: readonly Output[];
  readonly kernels: readonly KernelReport[];
  readonly cost?: Cost;
  /** Number of the run it is queued or running in, or last ran in. */
  readonly run?: number;
  /** Hash of code, input stamps and device class of the last good run. */
  readonly stamp?: string;
  /** What its controls are set to, by input name. Not in the file. */
  readonly inputs: Readonly<Record<string, InputValue>>;
  /** What only the scheduler reads. */
  readonly memory: CellMemory;
}

/** What the scheduler knows of a cell beyond what it shows. */
export interface CellMemory {
  /** Hash of the code as it stands; white space, comments and erased types do not count. */
  readonly code: string;
  /** The names it defines; through a syntax error, those of its last good text. */
  readonly names: readonly string[];
  /** Grows when its value may change although code and inputs did not: it was run on purpose, or yielded. */
  readonly version: number;
  /** The version that it got when the mesh it asks for became another one. */
  readonly meshVersion?: number;
  /** The stamp a run would have now. The cell is fresh when that of its last good run is the same. */
  readonly wanted: string;
  readonly last?: LastRun;
  /** It was interrupted while it wanted this stamp, so until it wants another it runs on request only. */
  readonly held?: string;
}

/** How the last run of a cell ended, and what it ran on. Interrupted runs leave no trace here. */
export interface LastRun {
  readonly run: number;
  readonly stamp: string;
  readonly code: string;
  readonly text: string;
  readonly version: number;
  readonly inputs: Readonly<Record<string, InputValue>>;
  readonly device: string;
  /** The values it read: the stamp of each by name. */
  readonly read: readonly { readonly name: string; readonly stamp: string }[];
  /** The names it gave values to, when it ended well. */
  readonly defines: readonly string[];
  /** good: its values are there. lost: they were. failed: there are none. */
  readonly end: "good" | "lost" | "failed";
  readonly fault?: FaultData;
  /** Its code ran well before, so its cost no longer counts the compiling of kernels. */
  readonly warm: boolean;
}

export interface CellAttributes {
  readonly hidden: boolean;
  /** "auto": always by itself. "lazy": on request only. Absent: by its measured cost. */
  readonly run?: "auto" | "lazy";
  /** Everything else, in file order. */
  readonly rest: readonly string[];
}

export interface Notebook {
  readonly title: string;
  /** The front matter block, verbatim (without its fences), or absent. */
  readonly frontMatter?: string;
  readonly cells: readonly CellState[];
  /** Nothing runs before this is true. */
  readonly trusted: boolean;
  /** Names the device class in stamps: results of another device are stale. */
  readonly device: string;
  /** Cells whose last cost is at most this run by themselves. 250 by default. */
  readonly autoMilliseconds: number;
  readonly nextRun: number;
  /** What runs by itself, from the front matter: everything, nothing, or what is cheap. */
  readonly level: RunLevel;
  /** Waiting runs, each with the text it was asked with. */
  readonly queue: readonly Job[];
  /** The run the cell worker is at. */
  readonly running?: RunningJob;
  /** Generators of runs before this one were told to stop: their cells lose their values with the next yield. */
  readonly silenced: number;
}

/** A run that was asked for. Edits after that make the cell stale again, but the run keeps its text. */
export interface Job {
  readonly run: number;
  readonly cell: string;
  /** A job of a person keeps its text; one the scheduler made takes the newest. */
  readonly by: "person" | "itself";
  /** A control of this cell, or of one that waits for it, was moved: it goes before all others. */
  readonly ahead: boolean;
  readonly kind: "ts" | "wgsl";
  readonly text: string;
  readonly code: string;
  readonly version: number;
  readonly analysis: CellAnalysis;
  readonly inputs: Readonly<Record<string, InputValue>>;
}

export interface RunningJob extends Job {
  readonly stamp: string;
  readonly device: string;
  readonly read: LastRun["read"];
  readonly interrupting: boolean;
  /** It was told that newer values are on their way. It may end, and is asked for again then, or go on. */
  readonly superseded: boolean;
  /** How many outputs and kernel reports it has delivered: they replace the old ones place by place. */
  readonly outputs: number;
  readonly kernels: number;
}

export type Op =
  | { readonly type: "edit"; readonly cell: string; readonly text: string }
  | {
      readonly type: "insert";
      readonly at: number;
      readonly kind: CellKind;
      readonly text: string;
      readonly id?: string;
    }
  | { readonly type: "delete"; readonly cell: string }
  /** Puts a deleted cell back, with its outputs. */
  | { readonly type: "restore"; readonly at: number; readonly state: CellState }
  | { readonly type: "move"; readonly cell: string; readonly to: number }
  | { readonly type: "convert"; readonly cell: string; readonly kind: CellKind }
  /** Gives a code cell the id `id`, written into the file. Its values go with its old id, so it is a cell that never ran. */
  | { readonly type: "name"; readonly cell: string; readonly id: string }
  | { readonly type: "attributes"; readonly cell: string; readonly attributes: CellAttributes }
  | { readonly type: "title"; readonly title: string }
  /** What runs by itself from now on: everything, nothing, or what is cheap. Written into the front matter. */
  | { readonly type: "level"; readonly level: RunLevel }
  /** Configs that kernels are to use from now on, and no others. Written into the front matter; nothing is stale by that. */
  | { readonly type: "pins"; readonly pins: readonly KernelPin[] }
  /** What was measured, and nothing that was noted before. Written into the front matter; nothing is stale by that. */
  | { readonly type: "records"; readonly records: readonly KernelRecord[] }
  /** The person allows this notebook to run. Cells that may run by themselves do. */
  | { readonly type: "trust" }
  /** Runs the cell with its stale ancestors. */
  | { readonly type: "run"; readonly cell: string }
  | { readonly type: "runAll" }
  | { readonly type: "runStale" }
  /** Empties the queue and stops what is running. */
  | { readonly type: "interrupt" }
  | { readonly type: "input"; readonly cell: string; readonly name: string; readonly value: InputValue }
  /** From the sandbox. Those of an old run are ignored. */
  | { readonly type: "started"; readonly run: number }
  | { readonly type: "output"; readonly run: number; readonly index: number; readonly output: Output }
  | { readonly type: "kernel"; readonly run: number; readonly report: KernelReport }
  | { readonly type: "finished"; readonly run: number; readonly cost: Cost }
  | { readonly type: "failed"; readonly run: number; readonly fault: FaultData }
  | { readonly type: "interrupted"; readonly run: number }
  /** A generator cell has a new value: its dependants are stale. */
  | { readonly type: "yielded"; readonly run: number }
  /** The values of these cells are gone; cells that are cheap run again by themselves. */
  | { readonly type: "lost"; readonly cells: readonly string[] }
  /** These names of a cell have no values any more, others have. When a cell reads one of them, the cell counts as lost. */
  | { readonly type: "lostNames"; readonly cell: string; readonly names: readonly string[] }
  | { readonly type: "device"; readonly device: string }
  /** These cells asked for a mesh, and would get one of other devices now: somebody came to the room, or left. */
  | { readonly type: "mesh"; readonly cells: readonly string[] };

export type Effect =
  /** Run this cell now. At most one is under way at a time; the next comes after it ended. */
  | {
      readonly type: "evaluate";
      readonly run: number;
      readonly cell: string;
      readonly kind: "ts" | "wgsl";
      readonly text: string;
      readonly analysis: CellAnalysis;
      readonly inputs: Readonly<Record<string, InputValue>>;
      /** The cell each name it uses comes from. */
      readonly from: Readonly<Record<string, string>>;
      /** Of the names it defines, those that other cells use. Which these are makes nothing stale. */
      readonly readElsewhere: readonly string[];
    }
  | { readonly type: "interrupt"; readonly run: number }
  /** A newer run of the cell is on its way: this one may end, if it listens. Told once. */
  | { readonly type: "supersede"; readonly run: number }
  /** Values of this cell are no longer wanted (deleted, or its names changed). */
  | { readonly type: "forget"; readonly cell: string }
  /** The document (text, order, attributes) changed: store it. */
  | { readonly type: "save" };
