import { type Clock, realClock } from "@tilebook/base";
import { UniformArena } from "./gpu/arena.ts";
import { isOnProcessor } from "./gpu/device.ts";
import { Flight } from "./gpu/flight.ts";
import { Gpu, type GpuExecutor } from "./gpu/gpu-executor.ts";
import { bucketBytes, MemoryLedger } from "./ledger.ts";
import { type DeviceLoss, Lifeline } from "./gpu/lifeline.ts";
import type { Session } from "./gpu/session.ts";
import { CostModel, sliceLimits } from "./gpu/slicer.ts";
import { StorageRoom } from "./gpu/storage.ts";

export interface GpuOptions {
  /** `navigator.gpu`, or Dawn's in Node. */
  readonly gpu: GPU;
  /** Most bytes of living GPU buffers. */
  readonly budgetBytes: number;
  /**
   * Aim of one submit, in milliseconds of GPU time. Default 50: the screen and a Stop wait for no more than a few of them. Where
   * a processor does the work (SwiftShader), the screen does not wait for it: 250.
   */
  readonly sliceMs?: number;
  readonly clock?: Clock;
  /** Told of each loss of the device, whether it is being replaced or not. */
  readonly onLost?: (loss: DeviceLoss) => void;
}

const processorSliceMs = 250;

/** Opens this device's GPU. Fault `executor/no-gpu` when there is none to be had. */
export async function openGpu({
  gpu,
  budgetBytes,
  sliceMs,
  clock = realClock,
  onLost,
}: GpuOptions): Promise<GpuExecutor> {
  const lifeline = await Lifeline.open({ gpu, clock, onLost });
  const budgetMs =
    sliceMs ?? (isOnProcessor(lifeline.latest.opened) ? processorSliceMs : sliceLimits.budgetMs);
  const overheadMs = await lifeline.survive((session) => emptySubmitMs(session, clock));
  const flights = new WeakMap<Session, Flight>();
  const executor = new Gpu(lifeline, {
    flight: (session) => {
      const flight =
        flights.get(session) ?? new Flight({ finished: () => session.finished(), clock, overheadMs });
      flights.set(session, flight);
      return flight;
    },
    room: new StorageRoom(new MemoryLedger(budgetBytes, bucketBytes)),
    costs: new CostModel(overheadMs),
    slices: { ...sliceLimits, budgetMs },
    arena: new UniformArena(sliceLimits.arenaBytes),
    clock,
  });
  await executor.explore();
  return executor;
}

/** The least time in which this browser notices that the GPU is done: no part of any kernel's cost. */
async function emptySubmitMs(session: Session, clock: Clock): Promise<number> {
  let least = Infinity;
  for (let turn = 0; turn < 3; turn++) {
    const start = clock.now();
    session.device.queue.submit([]);
    await session.finished();
    least = Math.min(least, clock.now() - start);
  }
  return least;
}
