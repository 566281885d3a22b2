import { Fault } from "@tilebook/base";
import type { TensorType } from "@tilebook/ir";
import type { Admitted, RawBinding } from "../admission/index.ts";
import type { RunOptions, TensorHandle } from "../executor.ts";
import { badProgram, tensorBytes, wrongSize } from "../faults.ts";
import { tensorTooLarge } from "../ledger.ts";
import { bindBuffers } from "../raw/bind.ts";
import { RawKernelRun } from "../raw/raw-run.ts";
import type { RawRun } from "../raw/raw.ts";
import { type RawValue, writeValue } from "../raw/write-value.ts";
import type { PooledBuffer } from "./pool.ts";
import { type Bench, ProgramRun } from "./program-run.ts";
import type { Recording } from "./recording.ts";
import type { Session } from "./session.ts";
import type { Done, Job, Storage } from "./storage.ts";

/** A tensor as the executor knows it. Several may share one storage. */
export interface Tensor {
  readonly type: TensorType;
  readonly storage: Storage;
}

/** Something about to run, and the tensors it will give out, in order. */
export interface Plan {
  readonly job: Job;
  readonly results: readonly Tensor[];
  /** What a device lost under it means; absent when it is then run again on the next one. */
  readonly once?: Fault;
}

export interface Surroundings {
  readonly bench: Bench;
  readonly limits: () => Pick<GPUSupportedLimits, "maxStorageBufferBindingSize" | "maxBufferSize">;
  /** Throws Fault `executor/unknown-tensor`. */
  readonly tensor: (handle: TensorHandle) => Tensor;
  /** Turns after which the device leaves the loops of a thread without a word, if it does. */
  readonly loopTurns: () => number | undefined;
}

/** A storage nobody holds yet. Fault `executor/out-of-memory` when no buffer of the device can hold it. */
export function newStorage(
  around: Surroundings,
  type: TensorType,
  about: Pick<Storage, "recipe" | "span">,
): Storage {
  const bytes = tensorBytes(type);
  const { maxStorageBufferBindingSize, maxBufferSize } = around.limits();
  const most = Math.min(maxStorageBufferBindingSize, maxBufferSize);
  if (bytes > most) throw tensorTooLarge({ type, bytes, span: about.span }, most);
  return { type, bytes, ...about, place: undefined, holders: 0 };
}

/** Two outputs may be one buffer, and an output may be an input. */
export function planProgram(around: Surroundings, recording: Recording, options: RunOptions): Plan {
  const { program } = recording;
  const inputs = new Map<number, Storage>();
  for (const { role, tensor, index } of recording.buffers)
    if (role === "input") inputs.set(index, around.tensor(tensor ?? "").storage);
  const outputs: Storage[] = [];
  const takes = new Map<Storage, Storage>();
  const taken = (index: number): void => {
    const input = inputs.get(index);
    if (input !== undefined) Object.assign(input, { place: undefined, isGiven: true });
  };
  const job: Job = {
    inputs: Array.from(inputs.values()),
    outputs,
    takes,
    execute: async (session, signal) => {
      const buffers = new Map<number, PooledBuffer<GPUBuffer>>();
      for (const [index, storage] of inputs)
        buffers.set(index, await around.bench.room.materialise(session, storage));
      return new ProgramRun(around.bench, session, { recording, inputs: buffers, options, taken }).run(
        signal,
      );
    },
  };
  const storages = new Map(inputs);
  for (const { index, type, span, from, takes: isTaking } of recording.made) {
    const storage = newStorage(around, type, { recipe: { kind: "job", job }, span });
    const input = isTaking === true ? inputs.get(from ?? -1) : undefined;
    if (input !== undefined) {
      takes.set(storage, input);
      storage.isGiven = true;
    }
    outputs.push(storage);
    storages.set(index, storage);
  }
  const results = program.outputs.map((index): Tensor => {
    const storage = storages.get(index);
    if (storage === undefined) throw badProgram(`the program gives out buffer ${index}, which it has not`);
    return { type: program.buffers[index]?.type ?? storage.type, storage };
  });
  return { job, results };
}

/** Outputs come in order of @group and @binding. */
export function planRaw(around: Surroundings, run: RawRun, admitted: Admitted): Plan {
  const bound = bindBuffers(run, admitted, (handle) => around.tensor(handle).type.dtype);
  const given = bound.map(({ buffer, binding }): Storage | undefined => {
    if (buffer.kind === "value") return valueStorage(around, buffer.value, binding);
    const handle = buffer.kind === "input" ? buffer.tensor : buffer.from;
    const storage = handle === undefined ? undefined : around.tensor(handle).storage;
    if (buffer.kind === "output" && storage !== undefined && storage.bytes !== tensorBytes(buffer.type))
      throw wrongSize(buffer.type, storage.bytes);
    return storage;
  });
  const execute = async (session: Session, signal: AbortSignal | undefined): Promise<Done> => {
    const buffers: (PooledBuffer<GPUBuffer> | undefined)[] = [];
    for (const storage of given)
      buffers.push(storage && (await around.bench.room.materialise(session, storage)));
    const mostTurns = around.loopTurns() ?? Infinity;
    const repeats = run.repeats ?? 0;
    const setup = { admitted, grid: run.grid, bound, given: buffers, repeats, mostTurns };
    return new RawKernelRun(around.bench, session, setup).run(signal);
  };
  const outputs: Storage[] = [];
  const job: Job = { inputs: given.filter((storage) => storage !== undefined), outputs, execute };
  for (const { buffer } of bound)
    if (buffer.kind === "output")
      // Without a place: how large it is was said by the call, not by the kernel.
      outputs.push(newStorage(around, buffer.type, { recipe: { kind: "job", job } }));
  const results = outputs.map((storage) => ({ type: storage.type, storage }));
  return run.once === true ? { job, results, once: lostWithIt(admitted) } : { job, results };
}

/** Numbers for a uniform, as a tensor that only this run knows. */
function valueStorage(around: Surroundings, value: RawValue, { name, layout }: RawBinding): Storage {
  if (layout === undefined) throw badProgram(`the uniform ${name} has no layout`);
  const data = writeValue(layout, value, name);
  return newStorage(around, { dtype: "u32", shape: [data.length / 4] }, { recipe: { kind: "bytes", data } });
}

function lostWithIt({ entry, spans }: Admitted): Fault {
  return new Fault("executor/lost-device", `the GPU was lost while ${entry} was running on it`, {
    span: spans[0],
    hint: "it is not tried again by itself; look for a loop that runs long, or give each workgroup less to do",
  });
}
