import type { Clock } from "@tilebook/base";
import type { Dispatch, Program } from "@tilebook/compiler";
import { type TileArgument, TileMachine, type TileMessage, TileTrap } from "@tilebook/interp";
import { programsOf } from "../check-program.ts";
import type { LaunchMessages } from "../executor.ts";
import { badProgram, FailedRun, tensorBytes } from "../faults.ts";
import { bufferBytes, type MemoryLedger } from "../ledger.ts";
import { lastUses, madeOutputs, spanOf } from "../lifetimes.ts";
import { Heard } from "./heard.ts";

/** The event loop gets a turn after this many milliseconds. */
const breathMs = 12;

/** Looking at the clock costs more than a step. */
const stepsBetweenLooks = 256;

interface Setup {
  readonly program: Program;
  readonly ledger: MemoryLedger;
  readonly clock: Clock;
  /** Throws when the run must end. */
  readonly check: () => void;
}

/** One run of one program, step by step. */
export class InterpreterRun {
  readonly #setup: Setup;
  readonly #values = new Map<number, Float64Array>();
  readonly #claimed = new Set<number>();
  readonly #messages: LaunchMessages[] = [];
  #steps = 0;
  #breath: number;
  #liveBytes = 0;
  #peakBytes = 0;

  constructor(setup: Setup) {
    this.#setup = setup;
    this.#breath = setup.clock.now();
  }

  /** The elements of an input buffer. */
  give(index: number, values: Float64Array): void {
    this.#values.set(index, values);
    this.#count(this.#bytes(index));
  }

  /** The outputs the program makes, by buffer index; their bytes stay claimed. On failure nothing does. */
  async run(): Promise<{
    readonly values: ReadonlyMap<number, Float64Array>;
    readonly peakBytes: number;
    readonly messages: readonly LaunchMessages[];
  }> {
    const { program } = this.#setup;
    const made = madeOutputs(program);
    try {
      const ends = lastUses(program);
      for (const [at, dispatch] of program.dispatches.entries()) {
        await this.#dispatch(dispatch);
        for (const index of ends[at] ?? []) this.#end(index);
      }
      const values = new Map(made.map((index) => [index, this.#buffer(index)]));
      for (const index of Array.from(this.#claimed)) if (!values.has(index)) this.#end(index);
      this.#setup.check();
      return { values, peakBytes: this.#peakBytes, messages: this.#messages };
    } catch (error) {
      for (const index of Array.from(this.#claimed)) this.#end(index);
      throw error instanceof TileTrap ? new FailedRun(error, this.#messages) : error;
    }
  }

  async #dispatch(dispatch: Dispatch): Promise<void> {
    const compiled = this.#setup.program.kernels[dispatch.kernel];
    if (compiled === undefined) throw badProgram(`the program has no kernel ${dispatch.kernel}`);
    const kernel = compiled.tile;
    const own = dispatch.buffers.filter((index) => this.#setup.program.buffers[index]?.role !== "messages");
    const buffers = own.map((index) => this.#buffer(index));
    const scalars = [...dispatch.scalars];
    const args = kernel.params.map((param): TileArgument => {
      const argument = param.kind === "pointer" ? buffers.shift() : scalars.shift();
      if (argument === undefined) throw badProgram(`${kernel.name} gets too few arguments`, dispatch.span);
      return argument;
    });
    const heard = new Heard(compiled);
    const onMessage = (message: TileMessage): void => heard.add(message);
    const machine = new TileMachine({
      kernel,
      grid: dispatch.grid,
      arguments: args,
      rounding: "exact",
      onMessage,
    });
    try {
      await this.#programs(machine, dispatch);
    } finally {
      if (compiled.sites.length > 0) this.#messages.push(heard.all());
    }
  }

  async #programs(machine: TileMachine, dispatch: Dispatch): Promise<void> {
    const [width, height] = dispatch.grid;
    for (let program = 0; program < programsOf(dispatch); program++) {
      const row = Math.floor(program / width);
      machine.start([program % width, row % height, Math.floor(row / height)]);
      do if (this.#isDue()) await this.#breathe();
      while (machine.step());
    }
  }

  #isDue(): boolean {
    this.#steps += 1;
    if (this.#steps % stepsBetweenLooks !== 0) return false;
    return this.#setup.clock.now() - this.#breath >= breathMs;
  }

  /** Lets timers and messages have their turn. */
  async #breathe(): Promise<void> {
    const { clock, check } = this.#setup;
    await new Promise<void>((resolve) => clock.after(0, resolve));
    this.#breath = clock.now();
    check();
  }

  /** A buffer that is not there yet is made, all zero. */
  #buffer(index: number): Float64Array {
    const found = this.#values.get(index);
    if (found !== undefined) return found;
    const type = this.#setup.program.buffers[index]?.type ?? { dtype: "f32", shape: [0] };
    this.#setup.ledger.claim({
      type,
      bytes: tensorBytes(type),
      span: spanOf(this.#setup.program, index),
    });
    this.#claimed.add(index);
    const from = this.#setup.program.buffers[index]?.from;
    const start = from === undefined ? undefined : this.#values.get(from);
    const values =
      start?.slice() ?? new Float64Array(type.shape.reduce((product, size) => product * size, 1));
    this.#values.set(index, values);
    this.#count(this.#bytes(index));
    return values;
  }

  #end(index: number): void {
    if (!this.#claimed.delete(index)) return;
    this.#values.delete(index);
    this.#setup.ledger.release(this.#bytes(index));
    this.#liveBytes -= this.#bytes(index);
  }

  #bytes(index: number): number {
    return bufferBytes(tensorBytes(this.#setup.program.buffers[index]?.type ?? { dtype: "f32", shape: [0] }));
  }

  #count(bytes: number): void {
    this.#liveBytes += bytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
  }
}
