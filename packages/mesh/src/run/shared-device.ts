import { Fault } from "@tilebook/base";
import type { Graph, TensorType } from "@tilebook/ir";
import type { TensorHandle } from "@tilebook/runtime";
import type { Turn } from "../sbp/peer-plan.ts";
import { compareTurns } from "../sbp/turns.ts";
import type { Device } from "./device.ts";

/** Graphs that the device has at once: one that it computes, and one that it goes on with. */
const mostUnderWay = 2;

const last: Turn = { ahead: 0, until: 0, place: Infinity };

/**
 * One device for several ranks. Of all that they ask for, what goes first by its turn begins first, whosever it is. A few graphs
 * are under way, so that the device has no pause between them, and no more, so that what comes late can still go first.
 */
export class SharedDevice implements Device {
  readonly takesTurns = true;
  readonly #device: Device;
  #waiting: { readonly turn: Turn; readonly begin: () => void }[] = [];
  #underWay = 0;
  /** One goes in after the other: what is asked for by who has heard of the last one comes before the next. */
  #entering = false;
  #settling: Promise<void> = Promise.resolve();

  constructor(device: Device) {
    this.#device = device;
  }

  upload(bytes: Uint8Array, type: TensorType): TensorHandle {
    return this.#device.upload(bytes, type);
  }

  read(tensor: TensorHandle): Promise<Uint8Array> {
    return this.#device.read(tensor);
  }

  free(tensor: TensorHandle): void {
    this.#device.free(tensor);
  }

  /** When the graph is done that has resolved last. */
  settled(): Promise<void> {
    return this.#settling;
  }

  /** Faults: those of the device, and `run/stopped`, when its turn comes, where it waited for that. */
  run(graph: Graph, signal?: AbortSignal, turn: Turn = last): Promise<readonly TensorHandle[]> {
    const outputs = new Promise<void>((begin) => {
      this.#waiting.push({ turn, begin });
    }).then(() => {
      const entered = this.#entered();
      // Who asked hears of the end before this does, and has its outputs read at once.
      outputs.then(entered, entered);
      if (signal?.aborted === true) throw new Fault("run/stopped", "the run was stopped");
      return this.#device.run(graph, signal);
    });
    this.#next();
    return outputs;
  }

  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined || this.#entering || this.#underWay >= mostUnderWay) return;
    const next = this.#waiting.reduce(
      (best, one) => (compareTurns(one.turn, best.turn) < 0 ? one : best),
      first,
    );
    this.#waiting = this.#waiting.filter((one) => one !== next);
    this.#entering = true;
    this.#underWay += 1;
    next.begin();
  }

  /** A graph goes to the device; gives what is to be called when its run is over. */
  #entered(): () => void {
    const gate: { open?: () => void } = {};
    this.#settling = new Promise((resolve) => (gate.open = resolve));
    return () => {
      this.#entering = false;
      const settled = this.#device.settled?.().catch(() => undefined) ?? Promise.resolve();
      void settled.then(() => {
        gate.open?.();
        this.#underWay -= 1;
        this.#next();
      });
      this.#next();
    };
  }
}
