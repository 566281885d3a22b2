import {
  anArray,
  anInteger,
  anObject,
  aNumber,
  aString,
  Fault,
  faultFrom,
  optional,
} from "@tilebook/base";
import type { Program } from "@tilebook/compiler";
import type { TensorType } from "@tilebook/ir";
import type { DeviceReport, Executor, MemoryReport, RunResult, TensorHandle } from "@tilebook/runtime";
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
const aRunResult = anObject({
  outputs: anArray(aString(64), 1_000),
  timings: anArray(
    anObject({ kernel: aString(200), dispatches: anInteger(0, 1e9), milliseconds: optional(aNumber) }),
    1_000,
  ),
  peakBytes: aNumber,
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
    body = new Uint8Array(0),
  ): Promise<{ value: unknown; body: Uint8Array }> {
    const call = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(call, { resolve, reject });
      this.#wire.send(encodeFrame({ kind, call, value, body }));
    });
  }

  close(): void {
    this.#stop();
    this.#wire.close();
    const fault = new Fault("executor/closed", "the connection to this executor is closed");
    for (const { reject } of this.#waiting.values()) reject(fault);
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
  readonly #types = new Map<TensorHandle, TensorType>();
  /** An upload is answered later than it returns; a failed one makes the next use of its tensor fail. */
  readonly #uploads = new Map<TensorHandle, Promise<unknown>>();
  #closed = false;
  #names = 0;

  constructor(calls: Calls, report: DeviceReport) {
    this.#calls = calls;
    this.#report = report;
  }

  report(): DeviceReport {
    return this.#report;
  }

  upload(data: Uint8Array, type: TensorType): TensorHandle {
    this.#refuseClosed();
    const tensor = `u${this.#names++}`;
    const sent = this.#calls.ask(Kind.upload, { tensor, type }, data.slice());
    sent.catch(() => this.#types.delete(tensor));
    this.#uploads.set(tensor, sent);
    this.#types.set(tensor, type);
    return tensor;
  }

  async run(program: Program, signal?: AbortSignal): Promise<RunResult> {
    this.#refuseClosed();
    for (const buffer of program.buffers) if (buffer.tensor !== undefined) await this.#ready(buffer.tensor);
    const call = this.#calls.nextCall;
    const answer = this.#calls.ask(Kind.run, encodeProgram(program));
    const stop = (): void => void this.#calls.ask(Kind.stop, { call });
    signal?.addEventListener("abort", stop);
    if (signal?.aborted === true) stop();
    const result = aRunResult(
      (await answer.finally(() => signal?.removeEventListener("abort", stop))).value,
      "run",
    );
    result.outputs.forEach((handle, index) => {
      const buffer = program.buffers[program.outputs[index] ?? -1];
      if (buffer !== undefined) this.#types.set(handle, buffer.type);
    });
    return result;
  }

  async read(
    tensor: TensorHandle,
    range?: { readonly start: number; readonly end: number },
  ): Promise<Uint8Array> {
    this.#refuseClosed();
    await this.#ready(tensor);
    const { body } = await this.#calls.ask(Kind.read, { tensor, ...range });
    return body;
  }

  typeOf(tensor: TensorHandle): TensorType {
    const type = this.#types.get(tensor);
    if (type === undefined) throw unknown(tensor);
    return type;
  }

  free(tensor: TensorHandle): void {
    this.#refuseClosed();
    this.typeOf(tensor);
    this.#types.delete(tensor);
    this.#uploads.delete(tensor);
    this.#calls.ask(Kind.free, { tensor }).catch(() => undefined);
  }

  memory(): MemoryReport {
    return this.#calls.memory;
  }

  close(): void {
    this.#closed = true;
    this.#calls.close();
  }

  async #ready(tensor: TensorHandle): Promise<void> {
    await this.#uploads.get(tensor);
    this.typeOf(tensor);
  }

  #refuseClosed(): void {
    if (this.#closed) throw new Fault("executor/closed", "this executor is closed");
  }
}

function unknown(tensor: TensorHandle): Fault {
  return new Fault("executor/unknown-tensor", `there is no tensor ${tensor} here`);
}
