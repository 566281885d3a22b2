import type { FaultData, Span } from "@tilebook/base";
import type { BufferDType, DType, Graph, NodeId, TensorType, TileKernel } from "@tilebook/ir";
import type { MeshHost } from "./mesh/mesh-host.ts";

/** The text of a kernel that ships with Tilebook, or of a cell that contains one. */
export interface KernelText {
  /** Names the text in spans: a cell's id, or a path such as "tilebook/attention". */
  readonly source: string;
  readonly text: string;
  /** The kernel's id in that text ("k0", "k1", ...). */
  readonly kernel: string;
}

/**
 * Values of a kernel's captured names. They become constants of the compiled kernel; a tensor becomes a view, and one
 * more parameter of the lowered kernel, of the captured name.
 */
export type Captured = Readonly<Record<string, unknown>>;

/** What stands for a tensor among captured values when a kernel is lowered: the lowering sees only its type. */
export interface CapturedTensor {
  readonly $tensor: { readonly dtype: BufferDType; readonly shape: readonly number[] };
}

/** A declared parameter of a kernel, as the language's `KernelParam` says. */
export type KernelParameter =
  | { readonly kind: "pointer"; readonly name: string; readonly dtype: BufferDType }
  | {
      readonly kind: "view";
      readonly name: string;
      readonly dtype: BufferDType;
      readonly sizes: readonly (string | number)[];
    }
  | { readonly kind: "scalar"; readonly name: string; readonly dtype: DType }
  | { readonly kind: "const"; readonly name: string }
  /** Declared wrongly: lowering says how. */
  | { readonly kind: "unknown"; readonly name: string };

/** What `kernel(...)` in a cell gets at run time: the rewritten cell calls `kernel($k("k0", () => ({ captures })))`. */
export interface KernelSource {
  readonly text: KernelText;
  /** The values of its captured names right now. */
  readonly captured: () => Captured;
  /** The const it is bound to, for messages. */
  readonly name: string;
  /**
   * Its declared parameters. The lowered kernel's parameters are named: pointers and scalars as declared, a view by its
   * name and its named sizes (i32) by theirs, then captured tensors; `Const` parameters are gone. Launches bind by name.
   */
  readonly params: readonly KernelParameter[];
}

/** Bytes of device buffers. */
export interface HostMemory {
  readonly liveBytes: number;
  /** Most bytes alive at one moment of a run since the last `resetPeak` (at least `liveBytes`). */
  readonly peakBytes: number;
}

/** How following a NaN back is watched, and ended. */
export interface NaNWatch {
  /** Between operations: how many are done of how many. True ends it with the Fault `run/stopped`. */
  readonly pause?: (done: number, total: number) => Promise<boolean>;
}

/** Where the first NaN of a graph's output began: an element of one of its nodes, row-major. */
export interface NaNTrace {
  /** By that node, out of numbers; given with that input; or not there when the graph is computed again. */
  readonly kind: "made" | "given" | "absent";
  readonly node: NodeId;
  readonly at: number;
  /** The first NaN of the output. */
  readonly output: number;
  /** What the node read there; of a fold what is not finite. */
  readonly operands: readonly number[];
  /** Of a launch: its first NaN. */
  readonly inside?: FaultData;
}

/** What the tensor API stands on. Injected, so that this package knows neither the parser nor where it runs. */
export interface TensorHost {
  /**
   * Tile IR of a kernel with its captured names bound to values (tensors as `CapturedTensor`), and its `Const`
   * parameters too. Throws a Fault with a span in the text.
   */
  lower(kernel: KernelText, captured: Captured, constants: Readonly<Record<string, unknown>>): TileKernel;
  /** Copies data in and names it. The bytes may be detached. */
  upload(data: Uint8Array, type: TensorType): string;
  /**
   * Computes the graph's outputs; they stay where they are, under the names returned. The device may still be at work then. With `mesh`
   * its devices compute it, and the names are such as `meshOf` knows.
   */
  run(graph: Graph, mesh?: string): Promise<readonly string[]>;
  /** The same graph by the f64 interpreter, for checks. One array of values per output. */
  reference(graph: Graph): Promise<readonly Float64Array[]>;
  /** Computes the graph again, node by node with floats rounded to their dtypes, and follows the first NaN of its output back. */
  traceNaN(graph: Graph, watch: NaNWatch): Promise<NaNTrace>;
  /** The way to other devices, where there is one. */
  readonly mesh?: MeshHost | undefined;
  read(tensor: string, range?: { readonly start: number; readonly end: number }): Promise<Uint8Array>;
  free(tensor: string): void;
  /** Once the device has done everything asked before. */
  memory(): Promise<HostMemory>;
  /** Starts the peak of `memory` anew: it is now what is alive. Ordered after everything asked before. */
  resetPeak(): void;
  /** Of the run that is calling the tensor API right now: aborted when nobody wants its work any more. */
  signal(): AbortSignal | undefined;
  /** The place in a cell that is calling the tensor API right now, if it can be found. */
  here(): Span | undefined;
}
