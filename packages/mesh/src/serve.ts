import { anInteger, anObject, aString, Fault, faultData } from "@tilebook/base";
import type { Target } from "@tilebook/compiler";
import { type Executor, unknownTensor } from "@tilebook/runtime";
import { decodeFrame, encodeFrame, type Frame, Kind } from "./frame.ts";
import { aTensorType, decodeProgram } from "./program.ts";
import type { Wire } from "./wire.ts";

const aTensor = anObject({ tensor: aString(64) });
const anUpload = anObject({ tensor: aString(64), type: aTensorType });
const aRead = anObject({
  tensor: aString(64),
  start: anInteger(0, Number.MAX_SAFE_INTEGER),
  end: anInteger(0, Number.MAX_SAFE_INTEGER),
});
const aStop = anObject({ call: anInteger(0, 2 ** 32 - 1) });

type Answer = { readonly value?: unknown; readonly body?: Uint8Array };

/**
 * Lets the other end of the wire use `executor`. Frames that do not decode are answered by nothing and counted;
 * after 20 of them the wire is closed. Returns the function that ends the service and frees what the peer held.
 */
export function serveExecutor(wire: Wire, executor: Executor, target: Target): () => void {
  const service = new Service(wire, executor, target);
  return () => service.end();
}

const mostBadFrames = 20;

class Service {
  readonly #wire: Wire;
  readonly #executor: Executor;
  readonly #target: Target;
  /** The peer's names, and what they mean here. */
  readonly #tensors = new Map<string, string>();
  readonly #running = new Map<number, AbortController>();
  readonly #stopHearing: () => void;
  #bad = 0;

  constructor(wire: Wire, executor: Executor, target: Target) {
    this.#wire = wire;
    this.#executor = executor;
    this.#target = target;
    this.#stopHearing = wire.receive((bytes) => this.#hear(bytes));
  }

  end(): void {
    this.#stopHearing();
    for (const stop of this.#running.values()) stop.abort();
    for (const name of this.#tensors.keys()) this.#free(name);
    this.#wire.close();
  }

  #hear(bytes: Uint8Array): void {
    let frame: Frame;
    try {
      frame = decodeFrame(bytes);
    } catch {
      this.#bad += 1;
      if (this.#bad >= mostBadFrames) this.end();
      return;
    }
    void this.#reply(frame);
  }

  async #reply(frame: Frame): Promise<void> {
    const { call } = frame;
    const nothing = new Uint8Array(0);
    try {
      const { value, body = nothing } = await this.#answer(frame);
      const memory = this.#executor.memory();
      this.#wire.send(encodeFrame({ kind: Kind.result, call, value: { value, memory }, body }));
    } catch (error) {
      this.#wire.send(encodeFrame({ kind: Kind.fault, call, value: faultData(error), body: nothing }));
    }
  }

  async #answer(frame: Frame): Promise<Answer> {
    switch (frame.kind) {
      case Kind.hello:
        return { value: { report: this.#executor.report() } };
      case Kind.upload:
        return this.#upload(frame);
      case Kind.run:
        return this.#run(frame);
      case Kind.read:
        return this.#read(frame);
      case Kind.free:
        return this.#free(aTensor(frame.value, "free").tensor);
      case Kind.stop:
        this.#running.get(aStop(frame.value, "stop").call)?.abort();
        return {};
      case Kind.result:
      case Kind.fault:
        throw new Fault("mesh/frame", "an answer nobody asked for");
    }
  }

  async #run(frame: Frame): Promise<Answer> {
    const program = decodeProgram(frame.value, this.#target);
    const buffers = program.buffers.map((buffer) =>
      buffer.tensor === undefined ? buffer : { ...buffer, tensor: this.#handle(buffer.tensor) },
    );
    const stop = new AbortController();
    this.#running.set(frame.call, stop);
    try {
      const result = await this.#executor.run({ ...program, buffers }, stop.signal, { timed: true });
      const outputs = result.outputs.map((output, index) => {
        const name = `r${frame.call}.${index}`;
        this.#tensors.set(name, output);
        return name;
      });
      return { value: { ...result, outputs } };
    } finally {
      this.#running.delete(frame.call);
    }
  }

  #upload(frame: Frame): Answer {
    const { tensor, type } = anUpload(frame.value, "upload");
    if (this.#tensors.has(tensor)) throw new Fault("mesh/program", `the tensor name ${tensor} is taken`);
    this.#tensors.set(tensor, this.#executor.upload(frame.body, type));
    return {};
  }

  async #read(frame: Frame): Promise<Answer> {
    const { tensor, start, end } = aRead(frame.value, "read");
    return { body: await this.#executor.read(this.#handle(tensor), { start, end }) };
  }

  #free(name: string): Answer {
    this.#executor.free(this.#handle(name));
    this.#tensors.delete(name);
    return {};
  }

  #handle(name: string): string {
    const found = this.#tensors.get(name);
    if (found === undefined) throw unknownTensor(name);
    return found;
  }
}
