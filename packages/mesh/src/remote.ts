import {
  anArray,
  anInteger,
  anObject,
  aNumber,
  aSpan,
  aString,
  type Decoder,
  Fault,
  faultFrom,
  oneOf,
  optional,
} from "@tilebook/base";
import { messageLayout, type Program } from "@tilebook/compiler";
import { dtypes, type TensorType } from "@tilebook/ir";
import {
  checkRange,
  closed,
  type DeviceReport,
  type Executor,
  interrupted,
  MemoryLedger,
  type MemoryReport,
  type RunResult,
  tensorBytes,
  type TensorHandle,
  unknownTensor,
  wrongSize,
} from "@tilebook/runtime";
import { decodeFrame, encodeFrame, type Frame, Kind, type KindNumber } from "./frame.ts";
import { encodeProgram } from "./program.ts";
import type { Wire } from "./wire.ts";

const aFault = anObject({ code: aString(100), message: aString(10_000), hint: optional(aString(10_000)) });
const aMemory = anObject({
  liveBytes: aNumber,
  peakBytes: aNumber,
  pooledBytes: aNumber,
  tensors: aNumber,
  budgetBytes: aNumber,
});
const aResult = anObject({ value: optional((value: unknown) => value), memory: aMemory });
const aSite = anObject({
  kind: oneOf("print", "assert"),
  text: aString(200),
  dtype: oneOf(...dtypes),
  shape: anArray(anInteger(1, 65_536), 8),
  span: optional(aSpan),
});
const aProgramId: Decoder<[number, number, number]> = (value, path) => {
  const [x = 0, y = 0, z = 0] = anArray(anInteger(0, 2 ** 31), 3)(value, path);
  return [x, y, z];
};
const anyNumber: Decoder<number> = (value, path) => {
  // JSON has no NaN and no infinity.
  if (typeof value === "number" || value === null) return value ?? NaN;
  throw new Fault("decode/type", `${path} must be a number`);
};
const aMessage = anObject({
  site: aSite,
  program: aProgramId,
  visit: anInteger(0, 2 ** 31),
  elements: anArray(anObject({ place: anInteger(0, 65_536), value: anyNumber }), 65_536),
});
const aLaunchMessages = anObject({
  kernel: aString(200),
  messages: anArray(aMessage, messageLayout.mostRecords),
  dropped: anInteger(0, 2 ** 32),
});
const aRunResult = anObject({
  outputs: anArray(aString(64), 1_000),
  timings: anArray(
    anObject({ kernel: aString(200), dispatches: anInteger(0, 1e9), milliseconds: optional(aNumber) }),
    1_000,
  ),
  peakBytes: aNumber,
  messages: anArray(aLaunchMessages, 10_000),
});

interface Waiting {
  readonly resolve: (answer: { readonly value: unknown; readonly body: Uint8Array }) => void;
  readonly reject: (fault: Fault) => void;
}

/** The other end of `serveExecutor`: an executor whose work is done over the wire. Rejects when the peer does not answer the hello. */
export async function remoteExecutor(wire: Wire): Promise<Executor> {
  const calls = new Calls(wire);
  const { value } = await calls.ask(Kind.hello, null);
  return new RemoteExecutor(calls, (value as { readonly report: DeviceReport }).report);
}

/** Numbers the calls and hands each answer to the one who waits for it. */
class Calls {
  readonly #wire: Wire;
  readonly #waiting = new Map<number, Waiting>();
  readonly #stop: () => void;
  #next = 1;
  memory: MemoryReport = { liveBytes: 0, peakBytes: 0, pooledBytes: 0, tensors: 0, budgetBytes: 0 };

  constructor(wire: Wire) {
    this.#wire = wire;
    this.#stop = wire.receive((bytes) => this.#hear(decodeFrame(bytes)));
  }

  get nextCall(): number {
    return this.#next;
  }

  ask(
    kind: KindNumber,
    value: unknown,
    body: Uint8Array = new Uint8Array(0),
  ): Promise<{ value: unknown; body: Uint8Array }> {
    const call = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(call, { resolve, reject });
      this.#wire.send(encodeFrame({ kind, call, value, body }));
    });
  }

  /** A call whose answer changes nothing here. */
  tell(kind: KindNumber, value: unknown): void {
    this.ask(kind, value).catch(() => undefined);
  }

  close(): void {
    this.#stop();
    this.#wire.close();
    for (const { reject } of this.#waiting.values()) reject(closed());
    this.#waiting.clear();
  }

  #hear({ kind, call, value, body }: Frame): void {
    const waiting = this.#waiting.get(call);
    if (waiting === undefined) return;
    this.#waiting.delete(call);
    try {
      if (kind === Kind.fault) return waiting.reject(faultFrom(aFault(value, "fault")));
      const result = aResult(value, "result");
      this.memory = result.memory;
      waiting.resolve({ value: result.value, body });
    } catch (error) {
      waiting.reject(
        error instanceof Fault
          ? error
          : new Fault("mesh/frame", "an answer does not decode", { cause: error }),
      );
    }
  }
}

class RemoteExecutor implements Executor {
  readonly #calls: Calls;
  readonly #report: DeviceReport;
  /** This side's account of what it holds there: refusals and sizes are known without asking. */
  readonly #ledger: MemoryLedger;
  readonly #types = new Map<TensorHandle, TensorType>();
  /** Runs without an answer. */
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;
  #names = 0;

  constructor(calls: Calls, report: DeviceReport) {
    this.#calls = calls;
    this.#report = report;
    this.#ledger = new MemoryLedger(calls.memory.budgetBytes);
  }

  report(): DeviceReport {
    return this.#report;
  }

  upload(data: Uint8Array, type: TensorType): TensorHandle {
    this.#refuseClosed();
    if (data.length !== tensorBytes(type)) throw wrongSize(type, data.length);
    const tensor = `u${this.#names++}`;
    this.#hold(tensor, type);
    // The wire keeps the order, so what uses the tensor comes after it; if it was refused there, its use says so.
    this.#calls.ask(Kind.upload, { tensor, type }, data).catch(() => undefined);
    return tensor;
  }

  /** The other side answers a run when its device is done. */
  async settled(): Promise<void> {
    this.#refuseClosed();
    await Promise.allSettled(this.#running);
  }

  run(program: Program, signal?: AbortSignal): Promise<RunResult> {
    const running = this.#run(program, signal);
    this.#running.add(running);
    const end = (): boolean => this.#running.delete(running);
    running.then(end, end);
    return running;
  }

  async #run(program: Program, signal: AbortSignal | undefined): Promise<RunResult> {
    this.#refuseClosed();
    for (const { tensor } of program.buffers) if (tensor !== undefined) this.typeOf(tensor);
    const call = this.#calls.nextCall;
    const answer = this.#calls.ask(Kind.run, encodeProgram(program));
    const stop = (): void => this.#calls.tell(Kind.stop, { call });
    signal?.addEventListener("abort", stop);
    const { value } = await answer.finally(() => {
      signal?.removeEventListener("abort", stop);
    });
    const result = aRunResult(value, "run") as RunResult;
    result.outputs.forEach((handle, index) => {
      const buffer = program.buffers[program.outputs[index] ?? -1];
      if (buffer !== undefined) this.#hold(handle, buffer.type);
    });
    if (signal?.aborted === true) {
      result.outputs.forEach((handle) => this.free(handle));
      throw interrupted();
    }
    return result;
  }

  async read(
    tensor: TensorHandle,
    range?: { readonly start: number; readonly end: number },
  ): Promise<Uint8Array> {
    this.#refuseClosed();
    const { start, end } = checkRange(range, tensorBytes(this.typeOf(tensor)));
    const { body } = await this.#calls.ask(Kind.read, { tensor, start, end });
    return body;
  }

  typeOf(tensor: TensorHandle): TensorType {
    this.#refuseClosed();
    const type = this.#types.get(tensor);
    if (type === undefined) throw unknownTensor(tensor);
    return type;
  }

  free(tensor: TensorHandle): void {
    const type = this.typeOf(tensor);
    this.#types.delete(tensor);
    this.#ledger.release(tensorBytes(type));
    this.#calls.tell(Kind.free, { tensor });
  }

  memory(): MemoryReport {
    this.#refuseClosed();
    const { liveBytes, budgetBytes } = this.#ledger;
    const peakBytes = Math.max(this.#ledger.peakBytes, this.#calls.memory.peakBytes);
    const { pooledBytes } = this.#calls.memory;
    return { liveBytes, peakBytes, pooledBytes, budgetBytes, tensors: this.#types.size };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#calls.close();
  }

  #hold(tensor: TensorHandle, type: TensorType): void {
    this.#ledger.claim({ type, bytes: tensorBytes(type) });
    this.#types.set(tensor, type);
  }

  #refuseClosed(): void {
    if (this.#closed) throw closed();
  }
}
