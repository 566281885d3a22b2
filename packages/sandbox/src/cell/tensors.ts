import { Fault } from "@tilebook/base";
import type { TensorType } from "@tilebook/ir";
import type { TensorSummary } from "@tilebook/notebook";
import { type KernelSource, type NaNOrigin, type NaNWatch, Tensor, type Tensors } from "@tilebook/tensor";
import type { Keeper, Restorer } from "./keep.ts";
import { RawKernels, type RawOrigin, type RawParts, type RawText } from "./raw-kernel.ts";
import { partsOf } from "./walk.ts";

/** A tensor of so many numbers is computed for being shown; one that is larger only if somebody asks for it. */
export const mostEchoed = 65_536;

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

  /**
   * Computes what has to be of `values` for them to be shown, and what is kept of those in `later`, for who reads them then; in one run. Fault `tensor/disposed`, where
   * one of the values is one that is gone.
   */
  async realizeIn(values: readonly unknown[], later: readonly unknown[] = []): Promise<void> {
    const [shown, kept] = [this.#missing(values, this.#toShow(values)), this.#missing(later)];
    if (shown.length + kept.length > 0) await this.#tensors.realize(shown, kept);
  }

  #missing(
    values: readonly unknown[],
    wanted: readonly Tensor[] = this.tensorsIn(values),
  ): readonly Tensor[] {
    const gone = values.filter((value) => this.isGone(value)) as readonly Tensor[];
    return [...gone, ...wanted].filter((tensor) => tensor.handle === undefined);
  }

  /** Of weights in a list or a record only that is shown: those that are large are not computed for it. */
  #toShow(values: readonly unknown[]): readonly Tensor[] {
    return this.tensorsIn(values).filter((tensor) => values.includes(tensor) || !this.isKeptAlone(tensor));
  }

  /** Computes those of the values that are tensors and not computed yet: steps that nobody read before. */
  async keepSteps(values: Iterable<unknown>): Promise<void> {
    const named = [...values].filter((value) => value instanceof Tensor);
    await this.realizeIn(
      [],
      named.filter((tensor) => !tensor.disposed),
    );
  }

  /**
   * Those of `named` that are only computed on the way to what else is `named`, or is in `roots`. Without a buffer they are fused into what follows.
   */
  stepsAmong(named: readonly Tensor[], roots: readonly unknown[]): ReadonlySet<unknown> {
    return new Set(this.#tensors.stepsAmong(named, this.tensorsIn(roots)));
  }

  /** A tensor without a buffer, or without need of one: the next cell worker cannot have it. */
  isStep(value: unknown): boolean {
    return value instanceof Tensor && (value.handle === undefined || value.quantized !== undefined);
  }

  /** A tensor of which something else is kept. */
  isKeptOtherwise(value: unknown): boolean {
    return value instanceof Tensor && !value.disposed && value.quantized !== undefined;
  }

  /** One that is too large to be computed for being shown. */
  isKeptAlone(value: unknown): boolean {
    return this.isKeptOtherwise(value) && (value as Tensor).size > mostEchoed;
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
      this.#toShow([value]).every((tensor) => tensor.handle !== undefined)
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
    const { handle = "", dtype, shape, disposed } = value;
    const kept = disposed ? undefined : value.quantized;
    const summary = { handle, dtype, shape };
    return kept === undefined ? summary : { ...summary, kept: { format: kept.format, bits: kept.bits } };
  };

  readonly keeper: Keeper = {
    tensor: (value) => {
      if (!(value instanceof Tensor) || value.handle === undefined || this.isKeptOtherwise(value))
        return undefined;
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
