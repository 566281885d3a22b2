import type { FaultData, Span } from "@tilebook/base";
import type { BufferDType, DType } from "@tilebook/ir";

/** A name a cell gives to the others or takes from them, at its first place in the text. */
export interface NameUse {
  readonly name: string;
  readonly span: Span;
}

/**
 * A parameter of a kernel, as the text declares it. `Ptr<"f16">`: a pointer. `View<"f32", ["M", "K"]>`: a pointer and one
 * i32 scalar for each size that is a name (views that name the same size share it, and arguments must agree); a size may
 * also be a number. `Const`: a number, text, boolean or list that is known when the kernel is lowered (a constexpr).
 */
export type KernelParam =
  | { readonly kind: "pointer"; readonly name: string; readonly dtype: BufferDType }
  | {
      readonly kind: "view";
      readonly name: string;
      readonly dtype: BufferDType;
      readonly sizes: readonly (string | number)[];
    }
  | { readonly kind: "scalar"; readonly name: string; readonly dtype: DType }
  | { readonly kind: "const"; readonly name: string }
  /** Declared wrongly: lowering says how. It takes a place in a launch all the same. */
  | { readonly kind: "unknown"; readonly name: string };

/** `kernel((...) => {...})` in a cell. Lowered later, when the values of its captured names are known. */
export interface KernelSite {
  /** Stable within the cell's text: "k0", "k1", ... in order. */
  readonly id: string;
  /** The const it is bound to, or its id. */
  readonly name: string;
  /** The arrow function. */
  readonly span: Span;
  /** Free names of the body (and of the helpers it calls) that are neither tile functions nor helpers of this cell. */
  readonly captures: readonly string[];
  /** As declared, in order; faulty ones are left out (lowering says what is wrong). */
  readonly params: readonly KernelParam[];
}

/** Text put into the code at a place of the cell's text, so that positions can be mapped back. */
export interface Edit {
  readonly at: number;
  /** Characters of the cell's text that were replaced. */
  readonly removed: number;
  readonly inserted: string;
}

/** All that can be known about a cell from its text. `faults` says what is wrong with it, kernels' insides excepted. */
export interface CellAnalysis {
  readonly defines: readonly NameUse[];
  /** Of those it defines, the ones that functions and classes in it read: they may do so after the cell has run. */
  readonly captured: readonly string[];
  /** Names it reads that it does not define and that are no globals of the notebook. */
  readonly uses: readonly NameUse[];
  readonly kernels: readonly KernelSite[];
  readonly usesAwait: boolean;
  /** The last statement is an expression whose value the cell shows. */
  readonly showsResult: boolean;
  /**
   * The body of an async function: types erased, kernels replaced by `kernel($k("k0", () => ({ captures })))`, loop
   * back-edges calling `$tick()`, what is asked for its truth given to `$truth(...)`, both sides of `==` to `$equal(...)`, the last expression given to `$show(...)`, ending in `return { defined names }`.
   * Empty when the cell has faults.
   */
  readonly code: string;
  /** From the cell's text to `code`, in order and apart: `applyEdits(text, edits)` is `code`. */
  readonly edits: readonly Edit[];
  readonly faults: readonly FaultData[];
}
