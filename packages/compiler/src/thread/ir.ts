import type { Origin, Span } from "@tilebook/base";
import type { AtomicName, BinaryName, BufferDType, DType, UnaryName } from "@tilebook/ir";

/**
 * Thread IR: what one thread of the workgroup does, on scalars and vectors of four. Statements and expression
 * trees, plain data. Names of `let` are unique and never change; what changes lives in named memories.
 */

/**
 * f16 tiles are lowered to f32 that is rounded after every op (`half`). Only where the device has halves, a pass turns what
 * it can of that into f16 (see native-halves.ts).
 */
export type Scalar = "f32" | "f16" | "i32" | "u32" | "bool";

export interface ThreadType {
  readonly scalar: Scalar;
  readonly width: 1 | 4;
  /** So many vectors beside each other: a matrix. */
  readonly columns?: 4;
}

export type ThreadBinary = BinaryName;

export type Expr =
  | { readonly kind: "const"; readonly type: ThreadType; readonly value: number }
  | { readonly kind: "name"; readonly type: ThreadType; readonly name: string }
  | { readonly kind: "unary"; readonly type: ThreadType; readonly op: UnaryName; readonly input: Expr }
  | {
      readonly kind: "binary";
      readonly type: ThreadType;
      readonly op: ThreadBinary;
      readonly left: Expr;
      readonly right: Expr;
    }
  | {
      readonly kind: "select";
      readonly type: ThreadType;
      readonly condition: Expr;
      readonly yes: Expr;
      readonly no: Expr;
    }
  /** To another scalar type, same width. */
  | { readonly kind: "convert"; readonly type: ThreadType; readonly input: Expr }
  /** The same 32 bits as another scalar type, same width. */
  | { readonly kind: "bitcast"; readonly type: ThreadType; readonly input: Expr }
  /** To the nearest binary16 value, kept as f32. */
  | { readonly kind: "half"; readonly type: ThreadType; readonly input: Expr }
  /** A scalar in all four lanes. */
  | { readonly kind: "splat"; readonly type: ThreadType; readonly input: Expr }
  /** Four scalars as one vector. */
  | { readonly kind: "pack"; readonly type: ThreadType; readonly parts: readonly Expr[] }
  /** One lane of a vector. */
  | { readonly kind: "lane"; readonly type: ThreadType; readonly input: Expr; readonly index: Expr }
  /** Four vectors as the columns of a matrix. Only `transform` takes it. */
  | { readonly kind: "matrix"; readonly type: ThreadType; readonly parts: readonly Expr[] }
  /** The columns of a matrix times the lanes of a vector, added up. */
  | { readonly kind: "transform"; readonly type: ThreadType; readonly matrix: Expr; readonly input: Expr }
  /** What the thread with this number in the subgroup has; all of its threads come by together. */
  | { readonly kind: "broadcast"; readonly type: ThreadType; readonly input: Expr; readonly from: number }
  /** The word with this number of a buffer of packed whole numbers that is only read. */
  | { readonly kind: "word"; readonly type: ThreadType; readonly memory: string; readonly index: Expr }
  /** The sum of the products of four bytes with four others, with or without signs. */
  | {
      readonly kind: "dotBytes";
      readonly type: ThreadType;
      readonly signed: boolean;
      readonly left: Expr;
      readonly right: Expr;
    }
  /** What the thread has whose number in the subgroup differs from one's own in this bit; all come by together. */
  | { readonly kind: "shuffle"; readonly type: ThreadType; readonly input: Expr; readonly bit: number }
  /** An element of a memory, or the memory itself when it is no array. */
  | { readonly kind: "read"; readonly type: ThreadType; readonly memory: string; readonly index?: Expr };

interface StatementBase {
  readonly span?: Origin;
}

export type Statement = StatementBase &
  (
    | { readonly kind: "let"; readonly name: string; readonly value: Expr }
    | { readonly kind: "set"; readonly memory: string; readonly index?: Expr; readonly value: Expr }
    | {
        readonly kind: "for";
        readonly index: string;
        readonly from: Expr;
        readonly to: Expr;
        readonly step: number;
        readonly body: readonly Statement[];
      }
    /** `uniform`: all threads of the workgroup take the same arm, so barriers may stand inside. */
    | {
        readonly kind: "if";
        readonly condition: Expr;
        readonly uniform: boolean;
        readonly whenTrue: readonly Statement[];
        readonly whenFalse: readonly Statement[];
      }
    | { readonly kind: "barrier"; readonly space: "workgroup" | "storage" }
    /** Leaves the loop around it, for all threads at once: the condition is uniform. */
    | { readonly kind: "leaveUnless"; readonly condition: Expr }
    /** `let name = ` what stood in the buffer's element, which changes at the same moment. */
    | {
        readonly kind: "atomic";
        readonly name: string;
        readonly type: ThreadType;
        readonly op: AtomicName;
        readonly memory: string;
        readonly index: Expr;
        readonly value: Expr;
        readonly compare?: Expr;
      }
    /**
     * One record of the message buffer (see messages.ts): at its `moment`, the `visit`-th time at this site. `bits` is a u32.
     */
    | {
        readonly kind: "message";
        readonly site: number;
        readonly moment: Expr;
        readonly visit: Expr;
        readonly place: Expr;
        readonly bits: Expr;
      }
    /** This element of an assert is false. A thread remembers its first moment, and of that the first place. */
    | { readonly kind: "fail"; readonly site: number; readonly moment: Expr; readonly place: Expr }
    /** The end of a program with asserts: its threads agree which failed first, and one notes it. Two barriers. */
    | { readonly kind: "conclude" }
    /** `let name = memory[0]` with the promise that it is uniform; it is a barrier, too. */
    | { readonly kind: "agree"; readonly name: string; readonly type: ThreadType; readonly memory: string }
  );

/**
 * Where values live. `function` and `workgroup` hold thread types; `read` and `readwrite` are storage buffers,
 * whose elements are stored as `dtype` says (see wgsl/storage.ts); of width 4 when all its accesses are vectors (see wgsl/wide-storage.ts).
 * `length` 0 is a plain variable.
 */
export interface Memory {
  readonly name: string;
  readonly space: "function" | "workgroup" | "read" | "readwrite";
  readonly type: ThreadType;
  readonly length: number;
  /** For storage buffers: the element dtype in the buffer. */
  readonly dtype?: BufferDType;
  /** Some op is an atomic on it, so all its accesses are. */
  readonly atomic?: boolean;
  /** For workgroup memory: what it is for, in the words of a fault. */
  readonly purpose?: string;
  /** For workgroup memory: first element in the pool of its type. Set by the planner. */
  readonly offset?: number;
  readonly span?: Span;
}

/** A number from the uniform block: `name` is bound before the body starts. */
export interface UniformInput {
  readonly name: string;
  readonly field: string;
  readonly dtype: DType;
}

export interface ThreadKernel {
  readonly name: string;
  readonly workgroupSize: number;
  /** Some expression is a broadcast or a shuffle. */
  readonly subgroups: boolean;
  /** Its loops should read a turn ahead (see read-ahead.ts). */
  readonly ahead?: true;
  readonly memories: readonly Memory[];
  readonly uniforms: readonly UniformInput[];
  /** How many prints and asserts it was made with: their messages are numbered from 0 on. */
  readonly sites: number;
  /** The variable that counts how many of them the program has come to, where the text does not say it. */
  readonly moments?: string;
  /** Where loops are watched (see guard-loops.ts): each is a site behind those. */
  readonly cuts?: readonly (Origin | undefined)[];
  /** It writes messages: there is one more buffer, after all others. */
  readonly speaks: boolean;
  /** It has asserts, and ends with `conclude`. */
  readonly asserts: boolean;
  /** Runs once a program, inside `if (program < count)`. `tid` and `program_x/y/z` are bound. */
  readonly body: readonly Statement[];
  readonly span?: Span;
}

/** How a dtype is computed with. */
export const computedAs: Record<DType, Scalar> = {
  f32: "f32",
  f16: "f32",
  i32: "i32",
  u32: "u32",
  bool: "bool",
};
