import type { TileArgument } from "@tilebook/interp";
import type { BufferDType, TileKernel, ValueId } from "@tilebook/ir";
import type { ProgramPlace } from "../../step.ts";

/** A buffer of the launch as it was before it. Parameters that name the same tensor share one. */
export interface StepBufferData {
  readonly values: Float64Array;
  readonly shape: readonly number[];
  readonly dtype: BufferDType;
  /** Nothing had been written to it: the launch makes it. */
  readonly fresh: boolean;
}

/** One launch of a kernel, with everything its programs read. */
export interface StepLaunch {
  readonly kernel: TileKernel;
  readonly grid: ProgramPlace;
  /** In the order of the pointer parameters. */
  readonly buffers: readonly StepBufferData[];
  /** In the order of the scalar parameters. */
  readonly scalars: readonly number[];
}

/** The memory of one run: it begins as the launch found it, and can be put back. */
export class StepMemory {
  readonly arguments: readonly TileArgument[];
  /** By the value of the pointer parameter. */
  readonly buffers: ReadonlyMap<ValueId, StepBufferData>;
  /** Names of parameters whose buffers begin without meaning. */
  readonly fresh: ReadonlySet<string>;
  readonly #restore: readonly (() => void)[];

  constructor({ kernel, buffers, scalars }: StepLaunch) {
    const left = [...scalars];
    const given = [...buffers];
    const copies = new Map<StepBufferData, StepBufferData>();
    const named = new Map<ValueId, StepBufferData>();
    const written = new Set<StepBufferData>();
    const fresh = new Set<string>();
    this.arguments = kernel.params.map((param) => {
      if (param.kind === "scalar") return left.shift() ?? 0;
      const first = given.shift() ?? noBuffer;
      const own = copies.get(first) ?? { ...first, values: first.values.slice() };
      copies.set(first, own);
      named.set(param.value, own);
      if (param.access !== "read") written.add(first);
      if (first.fresh) fresh.add(param.name);
      return own.values;
    });
    this.buffers = named;
    this.fresh = fresh;
    this.#restore = Array.from(written, (first) => () => copies.get(first)?.values.set(first.values));
  }

  restore(): void {
    for (const one of this.#restore) one();
  }
}

const noBuffer: StepBufferData = { values: new Float64Array(), shape: [0], dtype: "f32", fresh: false };
