import { type Clock, Fault, faultData } from "@tilebook/base";
import type { Finished, FromCell, ToCell } from "../protocol/cell.ts";
import type { RunRequest, Rung, SandboxEvent } from "../sandbox.ts";

/** How long a cell may take to obey an abort before its worker is ended. */
export const ABORT_MS = 40;
/** How long ending a worker may take before the frame is taken down. */
export const END_MS = 500;
/** How long a finished run waits for the GPU worker's last reports. */
export const FLUSH_MS = 1_000;

export interface RunsPorts {
  readonly clock: Clock;
  readonly emit: (event: SandboxEvent) => void;
  readonly toCell: (message: ToCell) => void;
  /** Tells both workers to stop this run. */
  readonly abort: (run: number) => void;
  readonly endCell: () => void;
  readonly frameIsStuck: (fault: Fault) => void;
  /** The run obeyed the abort. */
  readonly aborted: () => void;
}

interface Current {
  readonly request: RunRequest;
  interrupting: boolean;
  /** The cell worker is done; the GPU worker may still have kernels to report. */
  finished: Finished | undefined;
}

/** The queue of runs, the one under way, and the first two rungs of interrupting it. */
export class Runs {
  readonly #ports: RunsPorts;
  #queue: RunRequest[] = [];
  #current: Current | undefined;
  #open = false;
  #flushed = -1;

  constructor(ports: RunsPorts) {
    this.#ports = ports;
  }

  add(request: RunRequest): void {
    this.#queue.push(request);
    this.#next();
  }

  /** The cell worker can take runs. */
  open(): void {
    this.#open = true;
    this.#next();
  }

  close(): void {
    this.#open = false;
  }

  cellOf(run: number): string | undefined {
    return this.#current?.request.run === run ? this.#current.request.cell : undefined;
  }

  /** One that has not begun does not; the one under way hears of it, and nobody waits for an answer. */
  supersede(run: number): void {
    if (this.#dropped(run)) return;
    if (this.#current?.request.run === run) this.#ports.toCell({ type: "supersede", run });
  }

  interrupt(run: number): void {
    if (this.#dropped(run)) return;
    const current = this.#current;
    if (current?.request.run !== run || current.interrupting) return;
    current.interrupting = true;
    this.#ports.abort(run);
    this.#ports.clock.after(ABORT_MS, () => this.#escalate(current));
  }

  /** It was still waiting, and is over. */
  #dropped(run: number): boolean {
    const others = this.#queue.filter((request) => request.run !== run);
    if (others.length === this.#queue.length) return false;
    this.#queue = others;
    this.#ports.emit({ type: "interrupted", run, rung: "abort" });
    return true;
  }

  hear(message: Extract<FromCell, { readonly run: number }>): void {
    // Old runs may still show things and yield; only the run under way can begin or end.
    if (message.type === "output" || message.type === "yielded") return this.#ports.emit(message);
    if (message.run !== this.#current?.request.run) return;
    switch (message.type) {
      case "started":
        return this.#ports.emit(message);
      case "finished":
        return this.#finished(message);
      case "failed":
        return this.#ends(message);
      case "stopped":
        return this.stopped("abort");
    }
  }

  /** The GPU worker has reported all kernels of this run. */
  flushed(run: number): void {
    this.#flushed = run;
    this.#finishIfFlushed();
  }

  /** The run under way has ended because somebody wanted it to. Of one that was superseded the GPU worker knows nothing. */
  stopped(rung: Rung): void {
    const current = this.#current;
    if (current === undefined) return;
    this.#ends({ type: "interrupted", run: current.request.run, rung });
    if (rung === "abort" && current.interrupting) this.#ports.aborted();
  }

  frameDied(fault: Fault): void {
    this.#open = false;
    if (this.#current?.interrupting === true) this.stopped("frame");
    else if (this.#current !== undefined) this.#fail(this.#current.request.run, fault);
  }

  failAll(fault: Fault): void {
    this.#open = false;
    if (this.#current !== undefined) this.#fail(this.#current.request.run, fault);
    const queue = this.#queue;
    this.#queue = [];
    for (const { run } of queue) this.#fail(run, fault);
  }

  #next(): void {
    if (!this.#open || this.#current !== undefined) return;
    const request = this.#queue.shift();
    if (request === undefined) return;
    this.#current = { request, interrupting: false, finished: undefined };
    const { run, cell, kind, text, analysis, inputs, readElsewhere } = request;
    this.#ports.toCell({ type: "run", run, cell, kind, text, analysis, inputs, readElsewhere });
  }

  #escalate(current: Current): void {
    if (this.#current !== current) return;
    this.#ports.endCell();
    this.#ports.clock.after(END_MS, () => {
      if (this.#current === current)
        this.#ports.frameIsStuck(new Fault("sandbox/silent", "the frame did not end its cell worker"));
    });
  }

  #finished(finished: Finished): void {
    const current = this.#current;
    if (current === undefined) return;
    current.finished = finished;
    this.#finishIfFlushed();
    this.#ports.clock.after(FLUSH_MS, () => {
      if (this.#current === current) this.flushed(finished.run);
    });
  }

  #finishIfFlushed(): void {
    const finished = this.#current?.finished;
    if (finished === undefined || this.#flushed !== finished.run) return;
    const { run, milliseconds, bytes } = finished;
    this.#ends({ type: "finished", run, cost: { milliseconds, bytes } });
  }

  #fail(run: number, fault: Fault): void {
    const event: SandboxEvent = { type: "failed", run, fault: faultData(fault) };
    if (run === this.#current?.request.run) this.#ends(event);
    else this.#ports.emit(event);
  }

  #ends(event: SandboxEvent): void {
    this.#current = undefined;
    this.#ports.emit(event);
    this.#next();
  }
}
