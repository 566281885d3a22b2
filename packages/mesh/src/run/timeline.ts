import { aNumber, anArray, anObject, aString, type Clock, type Decoder, oneOf } from "@tilebook/base";
import type { Graph } from "@tilebook/ir";
import type { Send, Task } from "../sbp/peer-plan.ts";
import type { Device } from "./device.ts";

/** What a rank did in a run, and when, in milliseconds of some clock. */
export interface RunEvent {
  readonly kind: "compute" | "send" | "receive";
  /** What was computed in words, or the name that a value has at its receiver. */
  readonly what: string;
  readonly start: number;
  readonly end: number;
  /** Of what travelled; 0 of what was computed. */
  readonly bytes: number;
  /** The rank on the other side; of what was computed the rank itself. */
  readonly peer: number;
}

/** Who hears what a run does. Each call says that something begins, and gives what is to be called when it ends. */
export interface Watch {
  computing(task: Task, device: Device): () => void;
  sending(send: Send, bytes: number): () => void;
}

export const someEvents: Decoder<RunEvent[]> = anArray(
  anObject({
    kind: oneOf("compute", "send", "receive"),
    what: aString(300),
    start: aNumber,
    end: aNumber,
    bytes: aNumber,
    peer: aNumber,
  }),
  500_000,
);

/** The most bytes of a rank's events, which are JSON. */
export const mostEvents: number = 64 * 2 ** 20;

/** Writes down what a rank does. */
export class Recorder implements Watch {
  readonly events: RunEvent[] = [];
  readonly #clock: Clock;
  readonly #rank: number;
  #settling: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock, rank: number) {
    this.#clock = clock;
    this.#rank = rank;
  }

  computing({ graph }: Task, device: Device): () => void {
    const end = this.#began({ kind: "compute", what: sayTask(graph), bytes: 0, peer: this.#rank });
    // A device may still be at work when a run has resolved.
    return () => {
      const settled = device.settled?.();
      if (settled === undefined) end();
      else this.#settling = Promise.all([this.#settling, settled.then(end)]);
    };
  }

  sending({ to, as }: Send, bytes: number): () => void {
    return this.#began({ kind: "send", what: as, bytes, peer: to });
  }

  receiving(value: string, from: number, bytes: number): () => void {
    return this.#began({ kind: "receive", what: value, bytes, peer: from });
  }

  /** When the ends of all that was computed are known. */
  async whole(): Promise<readonly RunEvent[]> {
    await this.#settling;
    return this.events;
  }

  #began(event: Omit<RunEvent, "start" | "end">): () => void {
    const start = this.#clock.now();
    return () => this.events.push({ ...event, start, end: this.#clock.now() });
  }
}

/** The nodes of a task that are most of its work, or that it is elementwise. */
function sayTask({ nodes, kernels }: Graph): string {
  const names = nodes.flatMap((node) => {
    if (node.kind === "tileCall") return [kernels[node.launch.kernel]?.name ?? "kernel"];
    return node.kind === "matmul" || node.kind === "attention" || node.kind === "reduce" ? [node.kind] : [];
  });
  return names.length === 0 ? "elementwise" : [...new Set(names)].slice(0, 4).join(", ").slice(0, 300);
}
