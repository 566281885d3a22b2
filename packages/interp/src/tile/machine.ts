import { Fault, type FaultData, faultData, type Span } from "@tilebook/base";
import {
  type FoldOp,
  type ForOp,
  type IfOp,
  isValueOp,
  type PrintOp,
  type ScanOp,
  sizeOf,
  type TileKernel,
  type TileOp,
  type TileType,
  type ValueId,
} from "@tilebook/ir";
import { roundInPlace, type Rounding } from "../elementwise.ts";
import { combine, compute, lanesOf, type Registers } from "./compute.ts";
import { type LiveValue, liveValues, type MemoryAccess, type OpenBlock, readsOfOp } from "./inspect.ts";
import { storeFrom } from "./memory.ts";
import { failedAssert, printed, type TileMessage } from "./message.ts";
import { nanOrigin } from "./nan.ts";
import type { PointerValue, ProgramId, TileValue } from "./tile.ts";
import type { MemoryWatch } from "./watch.ts";

/** One argument per parameter: a buffer's elements (changed by stores) for a pointer, else a number. */
export type TileArgument = Float64Array | number;

export interface MachineSetup {
  readonly kernel: TileKernel;
  readonly grid: ProgramId;
  readonly arguments: readonly TileArgument[];
  readonly rounding: Rounding;
  /** Throw at the first op that makes a NaN instead of remarking it. */
  readonly trapNaN?: boolean | undefined;
  /** Most elements a program may hold in tiles: 2^26 (512 MiB of doubles) by default. */
  readonly maxElements?: number | undefined;
  /** Sees every access to memory. */
  readonly watch?: MemoryWatch | undefined;
  /** Hears what kernels print. */
  readonly onMessage?: ((message: TileMessage) => void) | undefined;
}

/** A tile's storage, kept from program to program. `turn` is the `start` that last wrote it; parameters stay. */
interface Slot extends TileValue {
  turn: number | "always";
}

interface Frame extends OpenBlock {
  next: number;
  /** What happens at the end of the block: true when the block is to run again. */
  readonly end: () => boolean;
}

const indexType: TileType = { dtype: "i32", shape: [] };

/**
 * Runs one program of a kernel at a time, op by op: `start`, then `step` until it says false. Between steps the
 * next op, its span and every value computed so far can be read, so a debugger can be built on it. Tiles are kept
 * between programs, so use one machine for a whole grid. The kernel must be verified.
 */
export class TileMachine {
  readonly #kernel: TileKernel;
  readonly #trapNaN: boolean;
  readonly #maxElements: number;
  readonly #tiles = new Map<ValueId, Slot>();
  readonly #pointers = new Map<ValueId, PointerValue>();
  readonly #registers: Registers;
  readonly #grid: ProgramId;
  #program: ProgramId = [0, 0, 0];
  #turn = 0;
  #frames: Frame[] = [];
  #elements = 0;
  #nan: FaultData | undefined;
  #position = 0;
  #written: ValueId[] = [];
  readonly #visits = new Map<PrintOp, number>();
  readonly #onMessage: ((message: TileMessage) => void) | undefined;

  constructor(setup: MachineSetup) {
    const { kernel, grid, rounding } = setup;
    this.#kernel = kernel;
    this.#grid = grid;
    this.#trapNaN = setup.trapNaN ?? false;
    this.#maxElements = setup.maxElements ?? 2 ** 26;
    this.#onMessage = setup.onMessage;
    this.#bind(setup);
    const program = (): ProgramId => this.#program;
    this.#registers = {
      get program() {
        return program();
      },
      grid,
      rounding,
      watch: setup.watch,
      tile: (value) => this.#tile(value),
      pointer: (value) => this.#pointer(value),
    };
  }

  /** Goes to the first op of a program. */
  start(program: ProgramId): void {
    const outside = program.some((id, axis) => id < 0 || id >= (this.#grid[axis] ?? 0));
    if (outside)
      throw new Fault(
        "tile/grid",
        `program ${program.join(", ")} is outside the grid ${this.#grid.join(" x ")}`,
      );
    this.#program = program;
    this.#turn += 1;
    this.#position = 0;
    this.#visits.clear();
    this.#written = [];
    this.#frames = [{ ops: this.#kernel.body, next: 0, owner: undefined, end: () => false }];
    this.#leave();
  }

  /** The op that `step` will run; undefined when the program has ended, and at the turns of an empty loop. */
  get next(): TileOp | undefined {
    const frame = this.#frames.at(-1);
    return frame?.ops[frame.next];
  }

  /** The source of the next op. */
  get span(): Span | undefined {
    return this.next?.span;
  }

  /** How many loops and branches the next op is nested in. */
  get depth(): number {
    return Math.max(0, this.#frames.length - 1);
  }

  /** How many steps this program has taken; after as many, on the same buffers, it is at the same place again. */
  get position(): number {
    return this.#position;
  }

  get program(): ProgramId {
    return this.#program;
  }

  /** The first NaN made out of numbers since the machine was made. */
  get nan(): FaultData | undefined {
    return this.#nan;
  }

  /** A value this program has computed, as of its last time. The array is the machine's own and changes with later steps. */
  value(id: ValueId): TileValue | undefined {
    const slot = this.#tiles.get(id);
    return slot?.turn === "always" || slot?.turn === this.#turn ? slot : undefined;
  }

  /**
   * The values that the next op could read, and those of the loops around it, in the order of their definition; at the end
   * of the program, those of its outermost block. The arrays are the machine's own and change with later steps.
   */
  get live(): LiveValue[] {
    const { body } = this.#kernel;
    const ended: OpenBlock = { ops: body, next: body.length, owner: undefined };
    const blocks = this.#frames.length === 0 ? [ended] : this.#frames;
    return liveValues(this.#kernel, blocks, (value) => this.value(value));
  }

  /** The values that the next op will read. */
  get reads(): ValueId[] {
    const op = this.next;
    return op === undefined ? [] : readsOfOp(op);
  }

  /** The elements of a buffer that the next op will touch, if it goes to memory. */
  get access(): MemoryAccess | undefined {
    const op = this.next;
    if (op?.kind !== "load" && op?.kind !== "store" && op?.kind !== "atomic") return undefined;
    const { pointer, offset, mask } = lanesOf(op, this.#registers);
    const all = Array.from(offset, (at, lane) => ({ lane, offset: at }));
    const lanes = all.filter(({ lane }) => mask?.[lane] !== 0);
    return { how: op.kind, pointer: op.pointer, name: pointer.name, dtype: pointer.dtype, lanes };
  }

  /** The values that the last step wrote: an op's results, or what a loop hands to its next turn. */
  get written(): readonly ValueId[] {
    return Array.from(new Set(this.#written));
  }

  /**
   * Runs one op (for a loop or branch: enters it; of a loop without ops: one turn). Returns false when the program has
   * ended. After a trap the machine stands before the op that trapped, which may have touched memory already.
   */
  step(): boolean {
    const frame = this.#frames.at(-1);
    const op = frame?.ops[frame.next];
    this.#written = [];
    if (frame !== undefined && op !== undefined) {
      this.#execute(op);
      frame.next += 1;
    }
    if (frame !== undefined) this.#position += 1;
    this.#leave();
    return this.#frames.length > 0;
  }

  #execute(op: TileOp): void {
    if (op.kind === "for") return this.#enterLoop(op);
    if (op.kind === "if") return this.#enterBranch(op);
    if (op.kind === "store") {
      const place = { program: this.#registers.program, span: op.span };
      return storeFrom(this.#tile(op.value).values, lanesOf(op, this.#registers), place);
    }
    if (op.kind === "fold" || op.kind === "scan") return this.#combine(op);
    if (op.kind === "print") return this.#print(op);
    if (op.kind === "assert") {
      const failed = failedAssert(op, this.#program, this.#tile(op.condition));
      if (failed !== undefined) throw failed;
      return;
    }
    if (!isValueOp(op)) return;
    const slot = this.#room(op.result, op.type);
    compute(slot.values, op, this.#registers);
    this.#lookForNaN(op, slot);
  }

  #combine(op: FoldOp | ScanOp): void {
    const slots = op.results.map(({ result, type }) => this.#room(result, type));
    const outs = slots.map((slot) => slot.values);
    combine(outs, op, this.#registers);
    for (const slot of slots) this.#lookForNaN(op, slot);
  }

  #lookForNaN(op: TileOp, result: TileValue): void {
    if (this.#nan !== undefined && !this.#trapNaN) return;
    const nan = nanOrigin(op, result, this.#registers);
    if (nan !== undefined && this.#trapNaN) throw nan;
    if (nan !== undefined) this.#nan = faultData(nan);
  }

  #print(op: PrintOp): void {
    const mask = op.mask === undefined ? undefined : this.#tile(op.mask).values;
    const elements = printed(this.#tile(op.value).values, mask);
    const visit = this.#visits.get(op) ?? 0;
    this.#visits.set(op, visit + 1);
    if (elements.length > 0) this.#onMessage?.({ op, program: this.#program, visit, elements });
  }

  #enterLoop(op: ForOp): void {
    const upper = this.#scalar(op.upper);
    let index = this.#scalar(op.lower);
    const { carried } = op;
    const goesOn = carried.find((item) => item.argument === op.while);
    if (index >= upper || (goesOn !== undefined && this.#scalar(goesOn.init) === 0)) {
      for (const item of carried) this.#assign(item.result, item.type, this.#tile(item.init).values);
      return;
    }
    this.#assign(op.index, indexType, Float64Array.of(index));
    for (const item of carried) this.#assign(item.argument, item.type, this.#tile(item.init).values);
    const args = new Set(carried.map((item) => item.argument));
    this.#enter(op, op.body, () => {
      index += op.step;
      const again = index < upper && (goesOn === undefined || this.#scalar(goesOn.yield) !== 0);
      // A yield that is itself an argument would be overwritten before it is read.
      const yields = carried.map((item) => {
        const { values } = this.#tile(item.yield);
        return args.has(item.yield) ? values.slice() : values;
      });
      carried.forEach((item, place) =>
        this.#assign(again ? item.argument : item.result, item.type, yields[place] ?? new Float64Array()),
      );
      if (again) this.#assign(op.index, indexType, Float64Array.of(index));
      return again;
    });
  }

  #enterBranch(op: IfOp): void {
    const taken = this.#scalar(op.condition) !== 0;
    this.#enter(op, taken ? op.whenTrue : op.whenFalse, () => {
      for (const item of op.joined)
        this.#assign(item.result, item.type, this.#tile(taken ? item.whenTrue : item.whenFalse).values);
      return false;
    });
  }

  #enter(owner: TileOp, ops: readonly TileOp[], end: () => boolean): void {
    this.#frames.push({ ops, next: 0, owner, end });
  }

  /** Ends blocks that have no op left. One turn of a loop at most, so that an empty body cannot hold up `step`. */
  #leave(): void {
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
      if (frame.next < frame.ops.length) return;
      if (frame.end()) {
        frame.next = 0;
        return;
      }
      this.#frames.pop();
    }
  }

  #bind(setup: MachineSetup): void {
    setup.kernel.params.forEach((param, place) => {
      const argument = setup.arguments[place];
      if (param.kind === "pointer" && typeof argument === "object") {
        this.#pointers.set(param.value, {
          name: param.name,
          dtype: param.dtype,
          values: argument,
        });
      } else if (param.kind === "scalar" && typeof argument === "number") {
        const slot = this.#room(param.value, { dtype: param.dtype, shape: [] });
        slot.turn = "always";
        slot.values[0] = argument;
        roundInPlace(slot.values, param.dtype, setup.rounding);
      } else {
        const wanted = param.kind === "pointer" ? "a buffer" : "a number";
        throw new Fault("tile/arguments", `parameter ${param.name} of ${setup.kernel.name} needs ${wanted}`);
      }
    });
  }

  /** The storage of a value that is about to be written. */
  #room(value: ValueId, type: TileType): Slot {
    this.#written.push(value);
    const old = this.#tiles.get(value);
    if (old !== undefined) {
      old.turn = this.#turn;
      return old;
    }
    const size = sizeOf(type.shape);
    this.#elements += size;
    if (this.#elements > this.#maxElements) throw this.#tooLarge();
    const fresh = { type, values: new Float64Array(size), turn: this.#turn };
    this.#tiles.set(value, fresh);
    return fresh;
  }

  #tooLarge(): Fault {
    const message = `the tiles of ${this.#kernel.name} need more than ${this.#maxElements} elements`;
    return new Fault("tile/memory", message, { span: this.#kernel.span, hint: "use smaller tiles" });
  }

  #assign(value: ValueId, type: TileType, from: Float64Array): void {
    this.#room(value, type).values.set(from);
  }

  #tile(value: ValueId): TileValue {
    const tile = this.value(value);
    if (tile === undefined) throw new Fault("tile/value", `%${value} has no value yet`);
    return tile;
  }

  #scalar(value: ValueId): number {
    return this.#tile(value).values[0] ?? 0;
  }

  #pointer(value: ValueId): PointerValue {
    const pointer = this.#pointers.get(value);
    if (pointer === undefined) throw new Fault("tile/value", `%${value} is no pointer parameter`);
    return pointer;
  }
}
