import { badProgram, tensorBytes, wrongSize } from "../faults.ts";
import { newStorage, type Plan, type Surroundings } from "../gpu/plans.ts";
import type { PooledBuffer } from "../gpu/pool.ts";
import type { Job, Storage } from "../gpu/storage.ts";
import { TimedRun } from "./timed-run.ts";
import type { LaunchTimes, TimedLaunch } from "./timed.ts";

/** The plan makes its times, and what the launch writes if that is kept. Throws what is wrong with the launch at once. */
export function planTimed(
  around: Surroundings,
  launch: TimedLaunch,
): { readonly plan: Plan; readonly times: () => LaunchTimes } {
  const { kernel, buffers, finish } = launch;
  if (buffers.length !== kernel.bindings.length)
    throw badProgram(`${kernel.name} binds ${kernel.bindings.length} buffers, not ${buffers.length}`);
  if (finish !== undefined && finish.kernel.bindings.length !== 2)
    throw badProgram(
      `${finish.kernel.name} binds ${finish.kernel.bindings.length} buffers, not parts and result`,
    );
  const given = buffers.map((buffer): Storage | undefined => {
    const handle = buffer.kind === "input" ? buffer.tensor : buffer.from;
    const storage = handle === undefined ? undefined : around.tensor(handle).storage;
    if (buffer.kind === "output" && storage !== undefined && storage.bytes !== tensorBytes(buffer.type))
      throw wrongSize(buffer.type, storage.bytes);
    return storage;
  });
  let found: LaunchTimes = { samples: [], repeats: 0, clock: "wall" };
  const execute: Job["execute"] = async (session, signal) => {
    const there: (PooledBuffer<GPUBuffer> | undefined)[] = [];
    for (const storage of given)
      there.push(storage && (await around.bench.room.materialise(session, storage)));
    const run = new TimedRun({ bench: around.bench, session, launch, given: there, signal });
    found = await run.run();
    return { buffers: run.kept, timings: [], peakBytes: 0, messages: [] };
  };
  const outputs: Storage[] = [];
  const job: Job = { inputs: given.filter((storage) => storage !== undefined), outputs, execute };
  for (const buffer of launch.keep === true ? buffers : [])
    if (buffer.kind === "output")
      outputs.push(newStorage(around, buffer.type, { recipe: { kind: "job", job } }));
  const results = outputs.map((storage) => ({ type: storage.type, storage }));
  return { plan: { job, results }, times: () => found };
}
