import { Fault } from "@tilebook/base";
import { messageBytes, type Program, type Way } from "@tilebook/compiler";
import type { TensorHandle } from "../executor.ts";
import type { GpuExecutor } from "../gpu/gpu-executor.ts";
import { isolate, type LaunchBuffer } from "../timing/isolate.ts";
import { readsItsOutput, resultPlace, timedBuffer } from "../timing/timed-buffer.ts";
import type { TimedLaunch } from "../timing/timed.ts";
import { withStandIns } from "./stand-in.ts";

/** What trying needs of a GPU. */
export type TuningDevice = Pick<
  GpuExecutor,
  "run" | "read" | "free" | "time" | "prepare" | "target" | "typeOf" | "upload"
>;

/** The buffers of one launch as it finds them, held as long as it is tried. */
export class HeldLaunch {
  readonly #gpu: TuningDevice;
  readonly #buffers: readonly LaunchBuffer[];
  readonly #held: readonly TensorHandle[];

  private constructor(gpu: TuningDevice, buffers: readonly LaunchBuffer[], held: readonly TensorHandle[]) {
    this.#gpu = gpu;
    this.#buffers = buffers;
    this.#held = held;
  }

  /**
   * Computes what the program does before dispatch `at`; on made-up numbers where its inputs are gone and do not matter. Fault
   * `executor/unknown-tensor` when they do.
   */
  static async open(gpu: TuningDevice, given: Program, at: number, signal: AbortSignal): Promise<HeldLaunch> {
    const { program, made } = withStandIns(gpu, given, at);
    try {
      return await HeldLaunch.#hold(gpu, undivided(program, at), at, signal);
    } finally {
      for (const tensor of made) gpu.free(tensor);
    }
  }

  static async #hold(
    gpu: TuningDevice,
    program: Program,
    at: number,
    signal: AbortSignal,
  ): Promise<HeldLaunch> {
    const dispatch = program.dispatches[at];
    const kernel = program.kernels[dispatch?.kernel ?? -1];
    if (dispatch === undefined || kernel === undefined) throw new Fault("internal/tune", "no such dispatch");
    const { before, buffers } = isolate(program, at);
    const inputs = dispatch.buffers.map((index) => program.buffers[index]?.from ?? index);
    const named = Array.from(new Set(inputs)).filter((index) => program.buffers[index]?.tensor !== undefined);
    // An input that is given out has a second handle: it stays when whoever made it lets go.
    const { outputs } = await gpu.run({ ...before, outputs: [...before.outputs, ...named] }, signal);
    const held = buffers.map((buffer, place): LaunchBuffer => {
      const input = named.indexOf(inputs[place] ?? -1);
      const isMade = buffer.from !== undefined && "made" in buffer.from;
      return input < 0 || isMade ? buffer : { ...buffer, from: { made: before.outputs.length + input } };
    });
    const own = kernel.sites.length > 0 ? held.slice(0, -1) : held;
    return new HeldLaunch(gpu, own, outputs);
  }

  /** The launch as one of its ways goes. */
  launch({ kernel, grid, scalars, finish }: Way): Omit<TimedLaunch, "samples"> {
    const messages: LaunchBuffer = { type: { dtype: "u32", shape: [messageBytes / 4] } };
    const all = kernel.sites.length > 0 ? [...this.#buffers, messages] : this.#buffers;
    const buffers = all.map((buffer, place) => timedBuffer(kernel, place, { buffer, made: this.#held }));
    const launch = { kernel, grid, scalars, buffers, fresh: readsItsOutput(kernel) };
    return finish === undefined ? launch : { ...launch, finish };
  }

  free(): void {
    for (const tensor of this.#held) this.#gpu.free(tensor);
  }
}

/** The program, where dispatch `at` binds what all ways to compute it bind: of two launches in one, what both of them do. */
function undivided(program: Program, at: number): Program {
  const dispatches = program.dispatches.map((dispatch, place) => {
    const { finished, buffers } = dispatch;
    const kernel = program.kernels[dispatch.kernel];
    if (place !== at || finished === undefined || kernel === undefined) return dispatch;
    return { ...dispatch, buffers: buffers.with(resultPlace(kernel), finished) };
  });
  return { ...program, dispatches };
}
