import { Fault } from "@tilebook/base";
import type { TensorType } from "@tilebook/ir";
import type { TensorSummary } from "@tilebook/notebook";
import { type KernelSource, type NaNOrigin, type NaNWatch, Tensor, type Tensors } from "@tilebook/tensor";
import type { Keeper, Restorer } from "./keep.ts";
import { RawKernels, type RawOrigin, type RawParts, type RawText } from "./raw-kernel.ts";
import { partsOf } from "./walk.ts";

/** The raw kernels' way to the GPU worker. */
export type RawPorts = Pick<RawParts, "name" | "run" | "here">;

/** The tensor API as the cell worker uses it: what cells get, and what it must know about their values. */
export class TensorRoom {
  readonly #tensors: Tensors;
  readonly #raw: RawParts;
  readonly #sources: WeakMap<object, KernelSource> = new WeakMap();
  readonly #rawOrigins: WeakMap<object, RawOrigin> = new WeakMap();

  constructor(tensors: Tensors, raw: RawPorts) {
    this.#tensors = tensors;
    this.#raw = {
      ...raw,
      realize: (list) => tensors.realize(list),
      adopt: (handle, type) => tensors.adopt(handle, type),
    };
  }

  /** The kernels of a WGSL cell. */
  rawKernels(text: RawText): RawKernels {
    const kernels = new RawKernels(text, this.#raw);
    for (const [entry, call] of kernels.functions) this.#rawOrigins.set(call, { ...text, entry });
    return kernels;
  }

  /** By name, for cells and for what is put into their code. */
  get globals(): Readonly<Record<string, unknown>> {
    return { ...this.#tensors.globals, ...this.#tensors.guards, kernel: this.#kernel };
  }

  openScope(cell: string): ReturnType<Tensors["openScope"]> {
    return this.#tensors.openScope(cell);
  }

  /** Computes all tensors in the values, in one run. Fault `tensor/disposed`, where one of the values is one that is gone. */
  async realizeIn(values: readonly unknown[]): Promise<void> {
    const gone = values.filter((value) => this.isGone(value)) as readonly Tensor[];
    await this.#realizeMissing([...gone, ...this.tensorsIn(values)]);
  }

  async #realizeMissing(tensors: readonly Tensor[]): Promise<void> {
    const missing = tensors.filter((tensor) => tensor.handle === undefined);
    if (missing.length > 0) await this.#tensors.realize(missing);
  }

  /** Computes those of the values that are tensors and not computed yet: steps that nobody read before. */
  async realizeSteps(values: Iterable<unknown>): Promise<void> {
    const named = [...values].filter((value) => value instanceof Tensor);
    await this.#realizeMissing(named.filter((tensor) => !tensor.disposed));
  }

  /**
   * Those of `named` that are only computed on the way to what else is `named`, or is in `roots`. Without a buffer they are fused into what follows.
   */
  stepsAmong(named: readonly Tensor[], roots: readonly unknown[]): ReadonlySet<unknown> {
    return new Set(this.#tensors.stepsAmong(named, this.tensorsIn(roots)));
  }

  /** A tensor without a buffer. */
  isStep(value: unknown): boolean {
    return value instanceof Tensor && value.handle === undefined;
  }

  /** A tensor that was disposed. */
  isGone(value: unknown): boolean {
    return value instanceof Tensor && value.disposed;
  }

  /** It can be shown at once: no promise, and no tensor in it is still to be computed. */
  isReady(value: unknown): boolean {
    return (
      !(value instanceof Promise) &&
      !this.isGone(value) &&
      this.tensorsIn([value]).every((tensor) => tensor.handle !== undefined)
    );
  }

  /** Those that are there: the others were disposed, and are nobody's results. */
  tensorsIn(values: readonly unknown[]): readonly Tensor[] {
    return [...partsOf(values)].filter((part) => part instanceof Tensor).filter(({ disposed }) => !disposed);
  }

  /** Where the first NaN began of the tensor among the values that has this handle. Faults: those of `Tensors.nanOrigin`, `tensor/gone`. */
  async nanOrigin(handle: string, values: readonly unknown[], watch: NaNWatch): Promise<NaNOrigin> {
    const tensor = this.tensorsIn(values).find((one) => one.handle === handle);
    if (tensor !== undefined) return this.#tensors.nanOrigin(tensor, watch);
    throw new Fault("tensor/gone", "it is no longer known how this tensor was made", {
      hint: "run the cell again",
    });
  }

  handlesIn(values: readonly unknown[]): readonly string[] {
    return this.tensorsIn(values).flatMap(({ handle }) => (handle === undefined ? [] : [handle]));
  }

  readonly summaryOf = (value: object): TensorSummary | undefined => {
    if (!(value instanceof Tensor)) return undefined;
    return { handle: value.handle ?? "", dtype: value.dtype, shape: value.shape };
  };

  readonly keeper: Keeper = {
    tensor: (value) => {
      if (!(value instanceof Tensor) || value.handle === undefined) return undefined;
      return { handle: value.handle, type: { dtype: value.dtype, shape: value.shape } };
    },
    kernel: (value) => {
      if (value instanceof RawKernels) return { source: value.text, captured: {} };
      const origin = this.#rawOrigins.get(value);
      if (origin !== undefined) return { source: origin, captured: {} };
      const source = this.#sources.get(value);
      if (source === undefined) return undefined;
      const { captured, ...rest } = source;
      return { source: rest, captured: captured() };
    },
  };

  readonly restorer: Restorer = {
    tensor: (handle: string, type: TensorType) => this.#tensors.adopt(handle, type),
    kernel: (source, captured) => {
      if ("source" in source) {
        const { entry, ...text } = source as RawText & Partial<RawOrigin>;
        const kernels = this.rawKernels(text);
        return entry === undefined ? kernels : kernels.functions.get(entry);
      }
      const kept = source as Omit<KernelSource, "captured">;
      const whole: KernelSource = { ...kept, captured: () => captured as Record<string, unknown> };
      return this.#kernel(whole);
    },
  };

  /** `kernel` of the tensor API, remembering what each kernel was made from. */
  readonly #kernel = (source: unknown): unknown => {
    const make = this.#tensors.globals["kernel"] as (source: unknown) => object;
    const made = make(source);
    if (typeof source === "object" && source !== null && "captured" in source)
      this.#sources.set(made, source as KernelSource);
    return made;
  };
}
