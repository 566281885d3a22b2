import { type Clock, Fault } from "@tilebook/base";
import { MemoryWatch, type TileMessage, TileMachine } from "@tilebook/interp";
import { printTileLines, type TileOp, type ValueId } from "@tilebook/ir";
import { stepLimits } from "../../protocol/step.ts";
import type {
  ProgramPlace,
  StepFindings,
  StepLine,
  StepOpening,
  StepPlace,
  StepTarget,
  StepTile,
  StepTrap,
  StepView,
} from "../../step.ts";
import { type StepBufferData, type StepLaunch, StepMemory } from "./launch.ts";
import { type OpPlaces, placesOf } from "./op-places.ts";
import type { Pace } from "./pace.ts";
import { type GridRun, lastWriter, lookForTrouble } from "./run-grid.ts";
import { Touches } from "./touches.ts";
import { nanTrapOf, trapOf } from "./traps.ts";
import { bufferWindow, showValues, tileOf } from "./show.ts";

export interface SessionSetup {
  readonly launch: StepLaunch;
  readonly clock: Clock;
}

/** The launch that is being stepped through: one program of it at a time. Going back is starting again. */
export class StepSession {
  readonly #launch: StepLaunch;
  readonly #clock: Clock;
  readonly #places: OpPlaces;
  readonly #memory: StepMemory;
  readonly #touches: readonly Touches[];
  #machine: TileMachine;
  #trap: StepTrap | undefined;
  #messages: TileMessage[] = [];

  constructor({ launch, clock }: SessionSetup) {
    this.#launch = launch;
    this.#clock = clock;
    this.#places = placesOf(launch.kernel);
    this.#memory = new StepMemory(launch);
    this.#touches = Array.from(
      this.#memory.buffers,
      ([value, { values }]) => new Touches(value, values.length),
    );
    this.#machine = this.#start([0, 0, 0]);
  }

  /** What the page needs to know once. */
  opening(): Pick<StepOpening, "name" | "grid" | "text" | "lines" | "buffers"> {
    const { kernel, grid } = this.#launch;
    const { text, spans } = printTileLines(kernel);
    const opOf = new Map(this.#places.lines.map((line, op) => [line, op]));
    const lines = spans.map((span, line): StepLine => {
      const op = opOf.get(line);
      return { ...(op === undefined ? {} : { op }), ...(span === undefined ? {} : { span }) };
    });
    if (text.length > stepLimits.text || lines.length > stepLimits.lines)
      throw new Fault("step/too-large", `${kernel.name} has too many ops to step through`);
    const buffers = kernel.params.flatMap((param) => {
      const data = this.#memory.buffers.get(param.value);
      if (param.kind !== "pointer" || data === undefined) return [];
      const { dtype, shape } = data;
      return [{ value: param.value, name: param.name, dtype, shape, written: param.access !== "read" }];
    });
    return { name: kernel.name, grid, text, lines, buffers };
  }

  /** Goes there, or as far as a trap or `stop` lets it. */
  async go(program: ProgramPlace, to: StepTarget, pace: Pace): Promise<StepView> {
    const elsewhere = program.join() !== this.#machine.program.join();
    if (elsewhere || (to.kind === "position" && to.position < this.#machine.position))
      this.#machine = this.#start(program);
    await this.#run(to, this.#arrival(to), pace);
    if (to.kind === "ops" && this.#ended) {
      // Not ahead of here: it is behind, and a program can be run again.
      this.#machine = this.#start(program);
      await this.#run(to, this.#isAtOneOf(to.ops), pace);
    }
    return this.view();
  }

  async #run(to: StepTarget, arrived: () => boolean, pace: Pace): Promise<void> {
    while (!this.#ended && !arrived()) {
      const stopped = await pace.breathe().then(
        () => false,
        () => true,
      );
      if (stopped || !this.#step()) break;
      if (this.#trap !== undefined && to.kind !== "position") break;
    }
  }

  view(): StepView {
    const machine = this.#machine;
    const next = machine.next === undefined ? undefined : this.#places.numberOf(machine.next);
    const access = machine.access;
    return {
      kind: "view",
      program: machine.program,
      position: machine.position,
      ended: this.#ended,
      ...(next === undefined ? {} : { next }),
      reads: machine.reads,
      written: [...machine.written],
      values: showValues(machine, this.#places).slice(-stepLimits.values),
      buffers: this.#touches.map((touches) => touches.show(access)),
      ...(this.#trap === undefined ? {} : { trap: this.#trap }),
      printed: this.#messages.slice(-stepLimits.printed).map(({ op, elements }) => ({
        text: op.text.slice(0, 1_000),
        elements,
      })),
    };
  }

  /** Fault `step/value` when the program does not have it now. */
  tile(value: ValueId): StepTile {
    return tileOf(this.#machine, value);
  }

  buffer(value: ValueId, row: number, column: number): StepTile {
    const touches = this.#touches.find((one) => one.value === value);
    if (touches === undefined) throw new Fault("step/value", `%${value} is no buffer`);
    return bufferWindow(this.#buffer(value), touches, this.#machine.access, { row, column });
  }

  look(pace: Pace, progress: GridRun["progress"]): Promise<StepFindings> {
    return lookForTrouble(this.#gridRun(pace, progress));
  }

  writer(
    place: { readonly value: ValueId; readonly element: number },
    pace: Pace,
    progress: GridRun["progress"],
  ): Promise<StepPlace | undefined> {
    return lastWriter(this.#gridRun(pace, progress), place);
  }

  #gridRun(pace: Pace, progress: GridRun["progress"]): GridRun {
    return { launch: this.#launch, places: this.#places, clock: this.#clock, pace, progress };
  }

  #buffer(value: ValueId): StepBufferData {
    const data = this.#memory.buffers.get(value);
    if (data === undefined) throw new Fault("step/value", `%${value} is no buffer`);
    return data;
  }

  /** A new machine, since what a watch has seen it has seen. */
  #start(program: ProgramPlace): TileMachine {
    const { kernel, grid } = this.#launch;
    this.#memory.restore();
    for (const touches of this.#touches) touches.clear();
    this.#messages = [];
    this.#trap = undefined;
    const found = (trap: unknown): void => {
      this.#trap ??= trapOf(trap, machine.next, this.#numberOf(machine.next));
    };
    const watch = new MemoryWatch(grid, { fresh: this.#memory.fresh, found });
    const machine = new TileMachine({
      kernel,
      grid,
      arguments: this.#memory.arguments,
      rounding: "exact",
      watch,
      onMessage: (message) => void this.#messages.push(message),
    });
    machine.start(program);
    return machine;
  }

  get #ended(): boolean {
    return this.#machine.next === undefined && this.#machine.depth === 0;
  }

  /** False when the step cannot be made. What it ran into is the trap. */
  #step(): boolean {
    const machine = this.#machine;
    const { next: op, access } = machine;
    const before = machine.nan;
    this.#trap = undefined;
    try {
      machine.step();
    } catch (error) {
      this.#trap = trapOf(error, op, this.#numberOf(op));
      return false;
    }
    if (access !== undefined) this.#touches.find(({ value }) => value === access.pointer)?.add(access);
    if (machine.nan !== undefined && machine.nan !== before && op !== undefined)
      this.#trap ??= nanTrapOf(machine.nan, op, this.#numberOf(op), (id) => machine.value(id));
    return true;
  }

  #numberOf(op: TileOp | undefined): number | undefined {
    return op === undefined ? undefined : this.#places.numberOf(op);
  }

  /** Says when the program is there. All targets but a position are at least one step away. */
  #arrival(to: StepTarget): () => boolean {
    const machine = this.#machine;
    const from = machine.position;
    if (to.kind === "position") return () => machine.position >= to.position;
    if (to.kind === "end") return () => false;
    const there = to.kind === "ops" ? this.#isAtOneOf(to.ops) : this.#isAtTurn();
    return () => machine.position > from && there();
  }

  #isAtOneOf(numbers: readonly number[]): () => boolean {
    const machine = this.#machine;
    const wanted = new Set(numbers.map((number) => this.#places.ops[number]));
    return () => machine.next !== undefined && wanted.has(machine.next);
  }

  /** The next turn of the loop one is in, or what comes after it; outside of loops, the first turn of the next loop. */
  #isAtTurn(): () => boolean {
    const machine = this.#machine;
    const places = this.#places;
    const { next } = machine;
    const loop = next?.kind === "for" ? next : next === undefined ? undefined : places.loopAround(next);
    if (loop === undefined)
      return () => machine.next !== undefined && places.loopAround(machine.next) !== undefined;
    const left = (op: TileOp): boolean => op !== loop && !places.isInside(op, loop);
    return () => machine.next !== undefined && (machine.next === loop.body[0] || left(machine.next));
  }
}
