import type { Clock, Fault } from "@tilebook/base";
import type { LaunchMessages, RunOptions } from "../executor.ts";
import { badProgram, interrupted } from "../faults.ts";
import type { UniformArena } from "./arena.ts";
import { Encoding } from "./encoding.ts";
import type { Flight } from "./flight.ts";
import { LaunchLog } from "./messages-of-kernels.ts";
import type { Pipeline } from "./pipelines.ts";
import type { PooledBuffer } from "./pool.ts";
import { blameOf, type RecordedBuffer, type RecordedDispatch, type Recording } from "./recording.ts";
import type { Blame, Session } from "./session.ts";
import { type CostModel, type Piece, type SliceLimits, Slicer, type Work } from "./slicer.ts";
import type { Stopwatch } from "./stopwatch.ts";
import type { Done, StorageRoom } from "./storage.ts";
import type { Timesheet } from "./timesheet.ts";

/** What every run of one executor shares. */
export interface Bench {
  readonly room: StorageRoom;
  readonly costs: CostModel;
  /** How programs are cut. */
  readonly slices: SliceLimits;
  readonly arena: UniformArena;
  readonly clock: Clock;
  /** What a device is at work on that nobody waits for. */
  readonly flight: (session: Session) => Flight;
}

/** Most work that waits on a device, as far as can be told, in slices. */
const mostOutstanding = 2;

export interface RunSetup {
  readonly recording: Recording;
  /** The buffers of the program's input buffers, by index. */
  readonly inputs: ReadonlyMap<number, Buffer>;
  readonly options: RunOptions;
  /** The buffer of this input belongs to what is made from now on. */
  readonly taken: (input: number) => void;
}

type Buffer = PooledBuffer<GPUBuffer>;

/**
 * One run of a program on one device: allocates, and encodes slice after slice. Slices as large as others that were measured
 * are submitted and left to the device; the others have it to themselves and are measured.
 */
export class ProgramRun {
  readonly #bench: Bench;
  readonly #session: Session;
  readonly #setup: RunSetup;
  readonly #recording: Recording;
  /** Of a timed run, which has the device to itself. */
  readonly #stopwatch: Stopwatch | undefined;
  /** Of a run that is measured on the way. */
  readonly #timesheet: Timesheet | undefined;
  readonly #options: RunOptions;
  readonly #buffers = new Map<number, Buffer>();
  readonly #temporaries = new Set<number>();
  /** Those that have the memory of an input. */
  readonly #taken = new Set<number>();
  readonly #milliseconds: number[];
  readonly #verdicts: Promise<Fault | undefined>[] = [];
  readonly #labels = new Map<number, number>();
  #pipelines: readonly Pipeline[] = [];
  #liveBytes = 0;
  #peakBytes = 0;

  constructor(bench: Bench, session: Session, setup: RunSetup) {
    const { recording, inputs, options } = setup;
    this.#setup = setup;
    this.#bench = bench;
    this.#session = session;
    this.#recording = recording;
    this.#options = options;
    this.#stopwatch = options.timed === true ? session.stopwatch : undefined;
    this.#timesheet = options.measured === undefined ? undefined : session.timesheet;
    this.#milliseconds = recording.timings.map(() => 0);
    for (const [index, buffer] of inputs) this.#buffers.set(index, buffer);
    for (const buffer of new Set(inputs.values())) this.#count(buffer.capacity);
  }

  async run(signal: AbortSignal | undefined): Promise<Done> {
    try {
      const { pipelines } = this.#session;
      const { kernels } = this.#recording.program;
      this.#pipelines = pipelines.ready(kernels) ?? (await this.#session.orLost(pipelines.all(kernels)));
      this.#stopwatch?.reset();
      await this.#dispatchAll(signal);
      const messages = await this.#messages();
      const buffers = await this.#outputs();
      this.#endTemporaries();
      return {
        buffers,
        timings: this.#timings(),
        peakBytes: this.#peakBytes,
        messages,
        verdict: firstOf(this.#verdicts),
      };
    } catch (error) {
      this.#abandon();
      throw error;
    }
  }

  async #dispatchAll(signal: AbortSignal | undefined): Promise<void> {
    const { costs, slices } = this.#bench;
    const { work } = this.#recording;
    const slicer = new Slicer(work, costs, slices);
    for (let pieces = slicer.next(); pieces.length > 0; pieces = slicer.next()) {
      if (signal?.aborted === true) throw interrupted();
      if (this.#timesheet?.stopwatch.full === true) await this.#timesheet.read();
      const expected = this.#options.timed === true ? undefined : costs.known(work, pieces);
      if (expected === undefined) await this.#alone(work, pieces, slicer.done);
      else await this.#behind(work, pieces, expected);
    }
  }

  /** Runs the pieces while nothing else does, and measures them. */
  async #alone(work: readonly Work[], pieces: readonly Piece[], last: boolean): Promise<void> {
    const { costs, clock, flight } = this.#bench;
    await flight(this.#session).until(0);
    const start = clock.now();
    const done = this.#session.checked(() => this.#submit(pieces), this.#about(pieces));
    const finished = this.#session.finished().then(() => clock.now());
    const wantsTimes = last || this.#stopwatch?.full === true;
    const [, end] = await Promise.all([done, finished, wantsTimes ? this.#readTimes() : undefined]);
    costs.record(work, pieces, end - start);
  }

  /** Puts the pieces, which should take `ms`, behind what the device has still to do. */
  async #behind(work: readonly Work[], pieces: readonly Piece[], ms: number): Promise<void> {
    const { costs, slices } = this.#bench;
    const flight = this.#bench.flight(this.#session);
    await flight.until(Math.max(1, mostOutstanding * slices.budgetMs - ms));
    const { verdict, grown } = this.#session.judged(() => this.#submit(pieces), this.#about(pieces));
    flight.add({ ms, took: (taken) => costs.learn(work, pieces, taken) });
    const fault = grown ? await verdict : undefined;
    if (fault !== undefined) throw fault;
    this.#verdicts.push(verdict);
  }

  #submit(pieces: readonly Piece[]): void {
    this.#session.pool.whileEncoding(() => this.#encodeAll(pieces));
  }

  #encodeAll(pieces: readonly Piece[]): void {
    const { arena } = this.#bench;
    arena.reset();
    const encoding = new Encoding(this.#session, this.#stopwatch ?? this.#timesheet?.stopwatch);
    this.#labels.clear();
    for (const piece of pieces) this.#encode(encoding, piece);
    this.#session.device.queue.writeBuffer(this.#session.uniforms, 0, arena.written);
    encoding.submit();
  }

  #encode(encoding: Encoding, piece: Piece): void {
    const { dispatch, kernel, programs, block, ends } = this.#dispatch(piece.work);
    const buffers = dispatch.buffers.map((index) => this.#buffer(index, encoding));
    const offset = this.#bench.arena.pushPiece(block, kernel.uniforms, piece);
    const pipeline = this.#pipelines[dispatch.kernel];
    if (pipeline === undefined) throw badProgram(`the program has no kernel ${dispatch.kernel}`);
    const uniform = { offset, bytes: kernel.uniformBytes };
    const label = this.#label(dispatch.kernel, kernel.key);
    encoding.dispatch({ label, pipeline, buffers, uniform, workgroups: piece.count });
    if (piece.base + piece.count < programs) return;
    for (const index of ends) this.#endTemporary(index);
  }

  /** Names the passes of a kernel in this submit. */
  #label(at: number, key: string): number {
    const { measured } = this.#options;
    if (this.#timesheet === undefined || measured === undefined) return at;
    const label = this.#labels.get(at) ?? this.#timesheet.label((ms) => measured(key, ms));
    this.#labels.set(at, label);
    return label;
  }

  /** The buffer at `index`; taken from the pool, and zeroed if it must be, at its first use. */
  #buffer(index: number, encoding: Encoding): Buffer {
    const found = this.#buffers.get(index);
    if (found !== undefined) return found;
    const wanted = this.#wanted(index);
    const start = wanted.from === undefined ? undefined : this.#buffers.get(wanted.from);
    if (wanted.takes === true && start !== undefined) return this.#take(index, wanted, start);
    if (!wanted.kept) {
      this.#bench.room.ledger.claim(wanted);
      this.#temporaries.add(index);
    }
    const buffer = this.#bench.room.take(this.#session, wanted.bytes);
    if (wanted.zeroed && !buffer.fresh) encoding.clear(buffer.buffer);
    if (start !== undefined) encoding.copy(start, buffer);
    this.#buffers.set(index, buffer);
    this.#count(buffer.capacity);
    return buffer;
  }

  /** The buffer of an input that nobody reads any more. What is claimed for it is claimed for this one from now on. */
  #take(index: number, { from = -1, kept }: RecordedBuffer, buffer: Buffer): Buffer {
    this.#buffers.delete(from);
    this.#buffers.set(index, buffer);
    if (!kept) this.#temporaries.add(index);
    this.#setup.taken(from);
    this.#taken.add(index);
    return buffer;
  }

  /** What the launches printed. The first assert that failed ends the run. */
  async #messages(): Promise<readonly LaunchMessages[]> {
    const log = new LaunchLog(this.#session);
    for (const { kernel, dispatch } of this.#recording.speaking) {
      const index = dispatch.buffers.at(-1) ?? -1;
      const buffer = this.#buffers.get(index);
      if (buffer === undefined) continue;
      await log.read(buffer.buffer, kernel, dispatch.grid);
      this.#endTemporary(index, true);
    }
    return log.launches;
  }

  /** Message buffers are kept until they were read. */
  #endTemporary(index: number, read = false): void {
    if (!read && this.#wanted(index).role === "messages") return;
    const buffer = this.#buffers.get(index);
    if (buffer === undefined || !this.#temporaries.delete(index)) return;
    this.#buffers.delete(index);
    this.#taken.delete(index);
    this.#session.pool.give(buffer);
    this.#bench.room.ledger.release(buffer.bytes);
    this.#liveBytes -= buffer.capacity;
  }

  #endTemporaries(): void {
    for (const index of Array.from(this.#temporaries)) this.#endTemporary(index, true);
  }

  /** After a failure buffers may be invalid or in use: they are destroyed, not pooled. */
  #abandon(): void {
    for (const index of new Set([...this.#temporaries, ...this.#taken]))
      this.#bench.room.ledger.release(this.#wanted(index).bytes);
    for (const [index, buffer] of this.#buffers)
      if (this.#wanted(index).role !== "input") buffer.buffer.destroy();
  }

  /** Outputs that no dispatch wrote come into being here. */
  async #outputs(): Promise<readonly Buffer[]> {
    const { made } = this.#recording;
    const ready = made.map(({ index }) => this.#buffers.get(index)).filter((buffer) => buffer !== undefined);
    if (ready.length === made.length) return ready;
    const encode = (): readonly Buffer[] => {
      const encoding = new Encoding(this.#session);
      const buffers = made.map(({ index }) => this.#buffer(index, encoding));
      encoding.submit();
      return buffers;
    };
    return this.#session.checked(encode, { name: "the outputs of a run" });
  }

  async #readTimes(): Promise<void> {
    const times = await this.#stopwatch?.read((work) => this.#session.nudged(work));
    for (const { label, ms } of times ?? [])
      this.#milliseconds[label] = (this.#milliseconds[label] ?? 0) + ms;
  }

  #timings(): Done["timings"] {
    const { timings } = this.#recording;
    if (this.#stopwatch === undefined) return timings;
    return timings.map((timing, at) => ({ ...timing, milliseconds: this.#milliseconds[at] ?? 0 }));
  }

  #count(bytes: number): void {
    this.#liveBytes += bytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
  }

  #wanted(index: number): RecordedBuffer {
    const buffer = this.#recording.buffers[index];
    if (buffer === undefined) throw badProgram(`the program has no buffer ${index}`);
    return buffer;
  }

  #dispatch(at: number): RecordedDispatch {
    const dispatch = this.#recording.dispatches[at];
    if (dispatch === undefined) throw badProgram(`the program has no dispatch ${at}`);
    return dispatch;
  }

  #about(pieces: readonly Piece[]): Blame {
    const { dispatches, blame } = this.#recording;
    if (pieces.length === dispatches.length) return blame;
    return blameOf(pieces.map((piece) => this.#dispatch(piece.work)));
  }
}

/** The first Fault among them, once all are known. */
async function firstOf(verdicts: readonly Promise<Fault | undefined>[]): Promise<Fault | undefined> {
  if (verdicts.length < 2) return verdicts[0];
  const faults = await Promise.all(verdicts);
  return faults.find((fault) => fault !== undefined);
}
