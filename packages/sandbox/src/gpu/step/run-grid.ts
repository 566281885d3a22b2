import type { Clock } from "@tilebook/base";
import { MemoryWatch, TileMachine, type TileTrap } from "@tilebook/interp";
import { checkGrid, type ValueId } from "@tilebook/ir";
import { stepLimits } from "../../protocol/step.ts";
import type { ProgramPlace, StepFinding, StepFindings, StepPlace, StepTrap } from "../../step.ts";
import { type StepLaunch, StepMemory } from "./launch.ts";
import type { OpPlaces } from "./op-places.ts";
import type { Pace } from "./pace.ts";
import { nanTrapOf, trapOf } from "./traps.ts";

/** Whole launches in the interpreter, program after program, in the order of the grid. */
export interface GridRun {
  readonly launch: StepLaunch;
  readonly places: OpPlaces;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly progress: (done: number, total: number) => void;
}

/** Progress is told about so often. */
const TELL_MS = 100;

/** Every trap, race, NaN and load of what nothing stored: each op's first of each kind. */
export async function lookForTrouble(run: GridRun): Promise<StepFindings> {
  const search = new Search(run.launch, run.places);
  const programs = await eachProgram(run, search.machine, () => search.step());
  return { kind: "findings", findings: [...search.found.values()], programs };
}

/** A machine that notes what its steps run into, and goes on. */
class Search {
  readonly machine: TileMachine;
  readonly found: Map<string, StepFinding> = new Map();
  readonly #places: OpPlaces;
  #knownNaN = false;

  constructor(launch: StepLaunch, places: OpPlaces) {
    this.#places = places;
    const { kernel, grid } = launch;
    const memory = new StepMemory(launch);
    const found = (trap: TileTrap): void => this.#note(trapOf(trap, this.machine.next, this.#number()));
    const watch = new MemoryWatch(grid, { races: true, fresh: memory.fresh, found });
    this.machine = new TileMachine({
      kernel,
      grid,
      arguments: memory.arguments,
      rounding: "exact",
      watch,
    });
  }

  /** One step; false at the end of the program, and where it cannot go on. */
  step(): boolean {
    const { machine } = this;
    const op = machine.next;
    const number = this.#number();
    const { position } = machine;
    try {
      const goesOn = machine.step();
      if (machine.nan !== undefined && !this.#knownNaN && op !== undefined) {
        this.#knownNaN = true;
        this.#note(
          nanTrapOf(machine.nan, op, number, (id) => machine.value(id)),
          position,
        );
      }
      return goesOn;
    } catch (error) {
      this.#note(trapOf(error, op, number));
      return false;
    }
  }

  #number(): number | undefined {
    const { next } = this.machine;
    return next === undefined ? undefined : this.#places.numberOf(next);
  }

  #note({ fault, lane, op }: StepTrap, position: number = this.machine.position): void {
    const key = `${fault.code} ${op}`;
    if (this.found.has(key) || this.found.size >= stepLimits.findings) return;
    const where = { ...(lane === undefined ? {} : { lane }), ...(op === undefined ? {} : { op }) };
    this.found.set(key, { fault, program: this.machine.program, position, ...where });
  }
}

/** The last step that put something into an element of the buffer. */
export async function lastWriter(
  run: GridRun,
  { value, element }: { readonly value: ValueId; readonly element: number },
): Promise<StepPlace | undefined> {
  const { kernel, grid } = run.launch;
  const memory = new StepMemory(run.launch);
  const machine = new TileMachine({ kernel, grid, arguments: memory.arguments, rounding: "exact" });
  const target = memory.buffers.get(value);
  let last: StepPlace | undefined;
  await eachProgram(run, machine, () => {
    const op = machine.next;
    const stores = op?.kind === "store" || op?.kind === "atomic";
    const access = stores && memory.buffers.get(op.pointer) === target ? machine.access : undefined;
    if (access?.lanes.some(({ offset }) => offset === element) === true)
      last = { program: machine.program, position: machine.position };
    try {
      return machine.step();
    } catch {
      // A program that traps has stored what it has stored.
      return false;
    }
  });
  return last;
}

/** Starts each program and steps it to its end. Gives how many were begun; fewer than all when it was stopped. */
async function eachProgram(run: GridRun, machine: TileMachine, step: () => boolean): Promise<number> {
  const { grid } = run.launch;
  checkGrid(grid);
  const total = grid[0] * grid[1] * grid[2];
  let told = run.clock.now();
  for (let number = 0; number < total; number++) {
    machine.start(programAt(number, grid));
    do {
      if (run.pace.stopped) return number;
      await run.pace.breathe().catch(() => undefined);
      if (run.clock.now() - told >= TELL_MS) {
        told = run.clock.now();
        run.progress(number, total);
      }
    } while (step());
  }
  return total;
}

function programAt(number: number, [width, height]: ProgramPlace): ProgramPlace {
  const row = Math.floor(number / width);
  return [number % width, row % height, Math.floor(row / height)];
}
