import { type Clock, realClock } from "@tilebook/base";
import type { Program } from "@tilebook/compiler";
import { sizeOf, type TensorType } from "@tilebook/ir";
import { checkProgram } from "../check-program.ts";
import type { DeviceReport, Executor, MemoryReport, RunResult, TensorHandle } from "../executor.ts";
import {
  badProgram,
  checkRange,
  closed,
  interrupted,
  tensorBytes,
  unknownTensor,
  wrongSize,
} from "../faults.ts";
import { bufferBytes, MemoryLedger } from "../ledger.ts";
import { Turns } from "../queue.ts";
import { decodeElements, encodeElements } from "./elements.ts";
import { InterpreterRun } from "./interpreter-run.ts";

export interface InterpreterOptions {
  /** Most bytes of living tensors, counted as a GPU would count them. */
  readonly budgetBytes: number;
  /** Why there is no GPU, in words for people. */
  readonly reason?: string;
  readonly clock?: Clock;
}

/** The bytes behind one or more tensors: counted once, freed when nobody holds them. */
interface Kept {
  readonly data: Uint8Array<ArrayBuffer>;
  holders: number;
}

interface Tensor {
  readonly type: TensorType;
  readonly kept: Kept;
}

/** Runs programs in plain JavaScript, exactly rounded, for small sizes and for checks. Lets the event loop breathe. */
export function openInterpreter(options: InterpreterOptions): Executor {
  return new Interpreter(options);
}

class Interpreter implements Executor {
  readonly #ledger: MemoryLedger;
  readonly #clock: Clock;
  readonly #reason: string | undefined;
  readonly #turns = new Turns();
  readonly #tensors = new Map<TensorHandle, Tensor>();
  readonly #prefix = `t${Math.trunc(Math.random() * 2 ** 32).toString(36)}.`;
  #next = 1;
  #closed = false;

  constructor({ budgetBytes, reason, clock = realClock }: InterpreterOptions) {
    this.#ledger = new MemoryLedger(budgetBytes);
    this.#clock = clock;
    this.#reason = reason;
  }

  report(): DeviceReport {
    return {
      kind: "interpreter",
      name: "JavaScript interpreter",
      features: [],
      limits: {},
      timestamps: false,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
    };
  }

  upload(data: Uint8Array, type: TensorType): TensorHandle {
    this.#checkOpen();
    if (data.length !== tensorBytes(type)) throw wrongSize(type, data.length);
    this.#ledger.claim({ type, bytes: data.length });
    return this.#name({ type, kept: { data: Uint8Array.from(data), holders: 0 } });
  }

  async run(program: Program, signal?: AbortSignal): Promise<RunResult> {
    this.#checkOpen();
    checkProgram(program);
    const inputs = new Map<number, Tensor>();
    program.buffers.forEach((buffer, index) => {
      if (buffer.role === "input") inputs.set(index, this.#tensor(buffer.tensor ?? ""));
    });
    for (const { kept } of inputs.values()) kept.holders += 1;
    return this.#turns
      .take(() => this.#perform(program, inputs, signal))
      .finally(() => {
        for (const { kept } of inputs.values()) this.#release(kept);
      });
  }

  async read(
    tensor: TensorHandle,
    range?: { readonly start: number; readonly end: number },
  ): Promise<Uint8Array> {
    this.#checkOpen();
    const { data } = this.#tensor(tensor).kept;
    const { start, end } = checkRange(range, data.length);
    return data.slice(start, end);
  }

  async settled(): Promise<void> {
    this.#checkOpen();
    await this.#turns.take(() => Promise.resolve());
  }

  typeOf(tensor: TensorHandle): TensorType {
    return this.#tensor(tensor).type;
  }

  free(tensor: TensorHandle): void {
    this.#checkOpen();
    const { kept } = this.#tensor(tensor);
    this.#tensors.delete(tensor);
    this.#release(kept);
  }

  memory(): MemoryReport {
    const { liveBytes, peakBytes, budgetBytes } = this.#ledger;
    return { liveBytes, peakBytes, pooledBytes: 0, tensors: this.#tensors.size, budgetBytes };
  }

  close(): void {
    this.#closed = true;
    this.#tensors.clear();
  }

  async #perform(
    program: Program,
    inputs: ReadonlyMap<number, Tensor>,
    signal: AbortSignal | undefined,
  ): Promise<RunResult> {
    this.#checkOpen();
    const check = (): void => {
      this.#checkOpen();
      if (signal?.aborted === true) throw interrupted();
    };
    const run = new InterpreterRun({ program, ledger: this.#ledger, clock: this.#clock, check });
    for (const [index, { kept, type }] of inputs)
      run.give(index, decodeElements(kept.data, type.dtype, sizeOf(type.shape)));
    const { values, peakBytes, messages } = await run.run();
    const made = new Map<number, Kept>();
    for (const [index, elements] of values) {
      const dtype = program.buffers[index]?.type.dtype ?? "f32";
      made.set(index, { data: encodeElements(elements, dtype), holders: 0 });
    }
    const outputs = program.outputs.map((index) => {
      const type = program.buffers[index]?.type;
      const kept = made.get(index) ?? inputs.get(index)?.kept;
      if (type === undefined || kept === undefined) throw badProgram(`the program has no buffer ${index}`);
      return this.#name({ type, kept });
    });
    const timings = program.kernels.map((kernel, at) => ({
      kernel: kernel.key,
      dispatches: program.dispatches.filter((dispatch) => dispatch.kernel === at).length,
    }));
    return { outputs, timings, peakBytes, messages };
  }

  #name(tensor: Tensor): TensorHandle {
    const handle = `${this.#prefix}${this.#next++}`;
    tensor.kept.holders += 1;
    this.#tensors.set(handle, tensor);
    return handle;
  }

  #release(kept: Kept): void {
    kept.holders -= 1;
    if (kept.holders === 0) this.#ledger.release(bufferBytes(kept.data.length));
  }

  #tensor(handle: TensorHandle): Tensor {
    const tensor = this.#tensors.get(handle);
    if (tensor === undefined) throw unknownTensor(handle);
    return tensor;
  }

  #checkOpen(): void {
    if (this.#closed) throw closed();
  }
}
