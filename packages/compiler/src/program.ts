import type { FaultData, Origin, Span } from "@tilebook/base";
import type { BufferDType, DType, NodeId, TensorType, TileKernel } from "@tilebook/ir";

/** What the adapter allows, as far as code generation cares. Same target, same kernels, same text. */
export interface Target {
  readonly workgroupBytes: number;
  readonly workgroupInvocations: number;
  readonly storageBuffers: number;
  readonly f16: boolean;
  /** Threads of a subgroup, where that is one number for every kernel; absent where there are no subgroups. */
  readonly subgroup?: number;
  /** WGSL has `dot4I8Packed` and `dot4U8Packed` here. */
  readonly packedDot: boolean;
  /** A processor plays the graphics card: there is no workgroup memory nearer than any other, and barriers are dear. */
  readonly processor?: true;
  /** Turns after which this device ends all loops of a thread, without a word. Most devices never do. */
  readonly loopTurns?: number;
}

/** WebGPU's guaranteed limits, without optional features. */
export const portableTarget: Target = {
  workgroupBytes: 16384,
  workgroupInvocations: 256,
  storageBuffers: 8,
  f16: false,
  packedDot: false,
};

/**
 * How a kernel is laid over threads. Plain data, so that it can be tried, kept and pinned. What a kernel computes does not
 * depend on it, but for the order in which f32 sums are rounded.
 */
export interface Schedule {
  /** Threads of a workgroup: a power of two. */
  readonly threads: number;
  /** How many of them stand beside each other over the columns of a tile; the others stand over its rows. */
  readonly across: number;
  /** Registers that are walked by straight code; what has more is walked by loops. */
  readonly unroll: number;
  /**
   * How operands of a product that several threads want reach them: each reads for itself, one in a subgroup reads and hands
   * on, or all copy them to workgroup memory together.
   */
  readonly operands: "own" | "subgroup" | "workgroup";
  /**
   * How products are added up where four steps of k are taken together: by default vector after vector; or with the right's
   * four vectors as one matrix, which some devices do faster, and which is shorter.
   */
  readonly products?: "matrix";
  /** Loops read what their next turn needs before they compute with what the last one has read. */
  readonly ahead?: true;
}

/** One way to compute a dispatch. Plain data, so that it can be tried, kept and pinned. */
export interface Config {
  /** Sizes of the blocks that a kernel of ours works in. A kernel that came with the graph has its own. */
  readonly blocks?: Readonly<Record<string, number>>;
  /** How it lies over threads; by default the compiler's own guess. */
  readonly schedule?: Schedule;
  /** Loops whose last turn is cut short are without masks until then. They stand in the text twice. */
  readonly peeled?: true;
}

/** A kernel and its launch. */
export interface Step {
  readonly kernel: CompiledKernel;
  readonly grid: readonly [number, number, number];
  readonly scalars: readonly number[];
  /** As in `Dispatch`. */
  readonly fills?: Fills;
  readonly fixed?: readonly NodeId[];
  /** What a person may want to know about it. */
  readonly remarks?: readonly FaultData[];
}

/** Of each scalar: the `fill` of the graph whose number it is. */
export type Fills = readonly (NodeId | undefined)[];

/** A way to compute a dispatch, over its buffers, of which the last one is the result. */
export interface Way extends Step {
  /** Where one launch only makes parts of the result: what makes the result of them. */
  readonly finish?: Finish;
}

/** The second launch of two. The first one writes `parts` instead of the result; this one reads them and writes the result. */
export interface Finish extends Step {
  readonly parts: TensorType;
}

export interface Often {
  readonly config: Config;
  /** Launches after which its code is compiled. */
  readonly runs: number;
}

/** What may be chosen for a dispatch. */
export interface Choice {
  /** Names the kernel and the class of its sizes: what was fastest for a key is fastest for it again. */
  readonly key: string;
  /** Choices of one name and about the same sizes do nearly the same: what is slow for one of them need not be tried for the other. */
  readonly kin?: { readonly name: string; readonly sizes: readonly number[] };
  /** For whoever has measured nothing: its code is short, since the first run waits for it. */
  readonly first: Config;
  /** Where `first` is no more than short: the one to go over to as soon as its code is there. */
  readonly later?: Config;
  /** The one to go over to once it has run so often that code which takes seconds to compile pays. */
  readonly often?: Often;
  /** `first` is the first of them. */
  readonly configs: readonly Config[];
  /** Compiles one of them. Throws the faults of `compileKernel`. */
  readonly make: (config: Config) => Way;
}

/** One text of the way from tiles to WGSL. `spans[n]` is the piece of source that line n + 1 came from. */
export interface Stage {
  readonly name: string;
  readonly text: string;
  readonly spans: readonly (Origin | undefined)[];
  /** Passes that came after this text, before the next one, and changed nothing. */
  readonly quiet: readonly string[];
}

/** Counted from the code, for one program of any launch; loops with unknown bounds count one turn. */
export interface StaticCounts {
  /** Operations on floats; of reductions and products those on whole numbers, too. */
  readonly flops: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly workgroupBytes: number;
  readonly barriers: number;
  /** The most 4-byte values that one thread holds at once, as the code stands: an estimate. */
  readonly registers: number;
}

/** What a launch has to do, counted from the code and the launch's numbers: all programs together. */
export interface LaunchWork {
  readonly flops: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** False when a loop or a branch depends on data, or when only some of the programs were counted. */
  readonly exact: boolean;
}

/** A storage buffer of the kernel. Its place in the list is its @binding number in @group(0). */
export interface Binding {
  readonly name: string;
  readonly dtype: BufferDType;
  readonly access: "read" | "readwrite";
}

/**
 * A scalar the kernel reads from its uniform block, which is bound after the last storage buffer.
 * All fields are 4 bytes (f32, i32 or u32; bool as u32) at `offset`.
 */
export interface UniformField {
  readonly name: string;
  readonly dtype: DType;
  readonly offset: number;
}

/** A `print` or an `assert` of a kernel: what its messages mean. `turns`: the assert is about the turns of a loop. */
export interface MessageSite {
  readonly kind: "print" | "assert";
  readonly turns?: true;
  /** The label, or what an assert says when it fails. */
  readonly text: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly span?: Span;
}

/**
 * A kernel as WGSL. Its grid is linear: workgroup w of a dispatch runs program `base + w`, and program p has the
 * ids (p % gx, (p / gx) % gy, p / (gx * gy)). Workgroups fold to two dimensions as w = id.x + id.y * num_workgroups.x;
 * programs at or beyond `count` do nothing. So the runtime may slice a grid as it likes.
 */
export interface CompiledKernel {
  readonly name: string;
  /** Same key, same WGSL: the cache key of the pipeline. */
  readonly key: string;
  readonly tile: TileKernel;
  readonly wgsl: string;
  /** The span of each WGSL line, for error messages and linked views. */
  readonly spans: readonly (Span | undefined)[];
  readonly entryPoint: string;
  readonly workgroupSize: number;
  readonly bindings: readonly Binding[];
  /** Always starts with grid_x, grid_y, grid_z, base, count (u32), then the scalar parameters in order. */
  readonly uniforms: readonly UniformField[];
  readonly uniformBytes: number;
  readonly counts: StaticCounts;
  /**
   * The kernel's prints and asserts, in the order of the text, then the loops that are watched, as asserts. When there are any, the last of `bindings` is the message
   * buffer (named "messages", u32, readwrite; its layout is in `messages.ts`), one for each dispatch, zeroed before it.
   */
  readonly sites: readonly MessageSite[];
  /** Most turns that all loops of a thread take together in a launch with these numbers; infinite when that is not known. */
  readonly turns?: (scalars: readonly number[]) => number;
  /** From Tile IR to WGSL, in order: one after each pass that changed something; the last is the WGSL. Made when read. */
  readonly stages: readonly Stage[];
}

/** A buffer of a program: an input, something in between, or an output. */
export interface ProgramBuffer {
  readonly type: TensorType;
  readonly bytes: number;
  readonly role: "input" | "temporary" | "output" | "messages";
  /** For inputs: the executor's tensor handle. */
  readonly tensor?: string;
  /** True when the buffer must be all zero before its first dispatch. */
  readonly zeroed: boolean;
  /** The input buffer, of as many bytes, whose numbers it holds before its first dispatch. */
  readonly from?: number;
  /**
   * It may have the memory of `from`, which no dispatch binds. Whoever reads that tensor later finds what it held: the executor makes it again, if it
   * has to.
   */
  readonly takes?: boolean;
}

export interface Dispatch {
  /** Index in `program.kernels`. */
  readonly kernel: number;
  readonly grid: readonly [number, number, number];
  /** Index in `program.buffers` for each binding, in binding order. */
  readonly buffers: readonly number[];
  /** Values of the scalar parameters, in order. */
  readonly scalars: readonly number[];
  /** Which of them are numbers of `fill` nodes, and nothing else depends on them. Does not cross a wall. */
  readonly fills?: Fills;
  /** The `fill` nodes whose numbers are part of the kernel's code. Does not cross a wall. */
  readonly fixed?: readonly NodeId[];
  readonly span?: Span;
  /** Where there is more than one way to compute it. It does not cross a wall: who receives a program chooses anew. */
  readonly choice?: Choice;
  /**
   * Where it is the first of two launches that are one way to go: the buffer of the result, which the next dispatch makes of the
   * parts that this one leaves.
   */
  readonly finished?: number;
}

/** A graph made ready to run: which kernels, in which order, over which buffers. Plain data. */
export interface Program {
  readonly buffers: readonly ProgramBuffer[];
  readonly kernels: readonly CompiledKernel[];
  readonly dispatches: readonly Dispatch[];
  /** The buffer of each graph output, in order. Two outputs may share one buffer; an output may be an input. */
  readonly outputs: readonly number[];
  /** Why things were not fused, and other remarks worth showing. */
  readonly remarks: readonly FaultData[];
}
