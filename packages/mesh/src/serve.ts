import { anInteger, anObject, aString, Fault, faultData, optional } from "@tilebook/base";
import type { Target } from "@tilebook/compiler";
import type { Executor } from "@tilebook/runtime";
import { decodeFrame, encodeFrame, type Frame, Kind } from "./frame.ts";
import { aTensorType, decodeProgram } from "./program.ts";
import type { Wire } from "./wire.ts";

const aTensor = anObject({ tensor: aString(64) });
const anUpload = anObject({ tensor: aString(64), type: aTensorType });
const aRead = anObject({
  tensor: aString(64),
  start: optional(anInteger(0, Number.MAX_SAFE_INTEGER)),
  end: optional(anInteger(0, Number.MAX_SAFE_INTEGER)),
});
const aStop = anObject({ call: anInteger(0, 2 ** 32 - 1) });

type Answer = { readonly value?: unknown; readonly body?: Uint8Array };

/**
 * Lets the other end of the wire use `executor`. Frames that do not decode are answered by nothing and counted;
 * after 20 of them the wire is closed. Returns the function that ends the service and frees what the peer held.
 */
export function serveExecutor(wire: Wire, executor: Executor, target: Target): () => void {
  const tensors = new Map<string, string>();
  const running = new Map<number, AbortController>();
  let bad = 0;

  const handle = (name: string): string => {
    const found = tensors.get(name);
    if (found === undefined) throw new Fault("executor/unknown-tensor", `there is no tensor ${name} here`);
    return found;
  };

  const run = async (frame: Frame): Promise<Answer> => {
    const program = decodeProgram(frame.value, target);
    const buffers = program.buffers.map((buffer) =>
      buffer.tensor === undefined ? buffer : { ...buffer, tensor: handle(buffer.tensor) },
    );
    const stop = new AbortController();
    running.set(frame.call, stop);
    try {
      const result = await executor.run({ ...program, buffers }, stop.signal);
      const outputs = result.outputs.map((output, index) => {
        const name = `r${frame.call}.${index}`;
        tensors.set(name, output);
        return name;
      });
      return { value: { ...result, outputs } };
    } finally {
      running.delete(frame.call);
    }
  };

  const upload = (frame: Frame): Answer => {
    const { tensor, type } = anUpload(frame.value, "upload");
    if (tensors.has(tensor)) throw new Fault("mesh/program", `the tensor name ${tensor} is taken`);
    tensors.set(tensor, executor.upload(frame.body, type));
    return {};
  };

  const read = async (frame: Frame): Promise<Answer> => {
    const { tensor, start, end } = aRead(frame.value, "read");
    const range = start === undefined || end === undefined ? undefined : { start, end };
    return { body: await executor.read(handle(tensor), range) };
  };

  const free = (name: string): Answer => {
    executor.free(handle(name));
    tensors.delete(name);
    return {};
  };

  const answer = async (frame: Frame): Promise<Answer> => {
    switch (frame.kind) {
      case Kind.hello:
        return { value: { report: executor.report() } };
      case Kind.upload:
        return upload(frame);
      case Kind.run:
        return run(frame);
      case Kind.read:
        return read(frame);
      case Kind.free:
        return free(aTensor(frame.value, "free").tensor);
      case Kind.stop:
        running.get(aStop(frame.value, "stop").call)?.abort();
        return {};
      case Kind.result:
      case Kind.fault:
        throw new Fault("mesh/frame", "an answer nobody asked for");
    }
  };

  const reply = async (frame: Frame): Promise<void> => {
    const { call } = frame;
    try {
      const { value, body = new Uint8Array(0) } = await answer(frame);
      const memory = executor.memory();
      wire.send(encodeFrame({ kind: Kind.result, call, value: { value, memory }, body }));
    } catch (error) {
      wire.send(encodeFrame({ kind: Kind.fault, call, value: faultData(error), body: new Uint8Array(0) }));
    }
  };

  const end = (): void => {
    stopHearing();
    for (const stop of running.values()) stop.abort();
    for (const name of tensors.keys()) free(name);
    wire.close();
  };

  const stopHearing = wire.receive((bytes) => {
    try {
      void reply(decodeFrame(bytes));
    } catch {
      bad += 1;
      if (bad >= 20) end();
    }
  });
  return end;
}
