import { Fault } from "@tilebook/base";
import type { TensorType } from "@tilebook/ir";
import type { Executor, TensorHandle } from "@tilebook/runtime";

/** Tensors that may be alive at once. */
const MOST_TENSORS = 100_000;

/** The cell workers' names for tensors, and what the executor calls them. */
export class TensorTable {
  readonly #executor: Executor;
  readonly #handles = new Map<string, TensorHandle>();

  constructor(executor: Executor) {
    this.#executor = executor;
  }

  add(name: string, handle: TensorHandle): void {
    if (this.#handles.has(name) || this.#handles.size >= MOST_TENSORS) {
      this.#executor.free(handle);
      throw new Fault("executor/tensor-name", `the tensor ${name} is there already, or there are too many`);
    }
    this.#handles.set(name, handle);
  }

  get(name: string): TensorHandle {
    const handle = this.#handles.get(name);
    if (handle !== undefined) return handle;
    throw new Fault("executor/unknown-tensor", "this tensor is gone", {
      hint: "run the cell that made it again",
    });
  }

  typeOf(name: string): TensorType {
    return this.#executor.typeOf(this.get(name));
  }

  /** Frees it; nothing happens when it is gone already. */
  free(name: string): void {
    const handle = this.#handles.get(name);
    this.#handles.delete(name);
    if (handle !== undefined) this.#executor.free(handle);
  }

  /** Frees what cell workers before this generation made, but for these. Names begin with the generation. */
  retain(generation: number, names: readonly string[]): void {
    const wanted = new Set(names);
    for (const name of this.#handles.keys())
      if (Number.parseInt(name, 10) < generation && !wanted.has(name)) this.free(name);
  }
}
