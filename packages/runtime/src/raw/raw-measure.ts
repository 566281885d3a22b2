import { interrupted } from "../faults.ts";
import type { Bench } from "../gpu/program-run.ts";
import type { Session } from "../gpu/session.ts";
import { sliceLimits, Slicer, type Work } from "../gpu/slicer.ts";
import type { RawLaunch } from "./raw-launch.ts";

export interface MeasureSetup {
  readonly bench: Bench;
  readonly session: Session;
  readonly launch: RawLaunch;
  readonly work: Work;
  /** Turns of loops: those of the run before, which ended well on the same inputs. */
  readonly turns: number;
  /** Puts the outputs back to where they started. */
  readonly fill: () => Promise<void>;
  readonly signal: AbortSignal | undefined;
}

/** One way through the grid. */
interface Lap {
  /** One run's time. */
  readonly ms: number;
  readonly pieces: number;
  /** A loop ran out of turns, so the lap says nothing. */
  readonly out: boolean;
}

/** Short runs go several times into one measurement, since browsers round GPU time to 0.1 ms. */
const enoughMs = 5;
const mostTimes = 256;
/** Runs before slices have grown to their size. */
const mostWarming = 8;
/** All of it takes not much longer than this. */
const mostMs = 700;

/** Runs the kernel again and again, only to measure it. Milliseconds of one run, once for each of `repeats` measurements. */
export async function measureRuns(setup: MeasureSetup, repeats: number): Promise<readonly number[]> {
  const { clock } = setup.bench;
  const start = clock.now();
  let warm = await lap(setup, 1);
  for (let count = 1; count < mostWarming && !warm.out; count++) {
    const next = await lap(setup, 1);
    const settled = next.pieces >= warm.pieces;
    warm = next;
    if (settled) break;
  }
  const times = warm.pieces === 1 ? Math.min(mostTimes, Math.ceil(enoughMs / Math.max(warm.ms, 1e-3))) : 1;
  const samples: number[] = [];
  while (samples.length < repeats && !(samples.length > 0 && clock.now() - start > mostMs)) {
    const { ms, out } = await lap(setup, times);
    if (out) break;
    samples.push(ms);
  }
  return samples;
}

/** Runs the grid, or, when it is one piece, `times` times the grid. */
async function lap(setup: MeasureSetup, times: number): Promise<Lap> {
  const { bench, session, launch, work, turns, fill, signal } = setup;
  await fill();
  session.stopwatch?.reset();
  const slicer = new Slicer([work], bench.costs, { ...sliceLimits, probe: 1 });
  let [gpuMs, wallMs, pieces] = [0, 0, 0];
  for (let [piece] = slicer.next(); piece !== undefined; [piece] = slicer.next()) {
    if (signal?.aborted === true) throw interrupted();
    const start = bench.clock.now();
    const flag = await launch.slice(piece, turns, times);
    const ms = bench.clock.now() - start;
    if (flag !== 0) return { ms: 0, pieces, out: true };
    bench.costs.record([work], [piece], ms / times);
    wallMs += ms;
    pieces += 1;
    for (const time of (await session.stopwatch?.read((wait) => session.nudged(wait))) ?? [])
      gpuMs += time.ms;
  }
  return { ms: (session.stopwatch === undefined ? wallMs : gpuMs) / times, pieces, out: false };
}
