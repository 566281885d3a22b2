import { type Clock, Fault } from "@tilebook/base";
import { type FromCell, fromCell, type ToCell } from "../protocol/cell.ts";
import { type FromFrame, fromFrame, type ToFrame, type WorkerName } from "../protocol/frame.ts";
import { type FromGpu, fromGpu, type ToGpu } from "../protocol/gpu.ts";
import type { Frame, OpenFrame } from "./frame.ts";
import { Heartbeat } from "./heartbeat.ts";
import { type Line, openLine } from "./line.ts";

/** Messages that could not be decoded before the frame is closed: by then somebody speaks another language. */
export const MOST_BAD_MESSAGES = 20;

/** The texts of the two workers' runtimes. */
export interface WorkerTexts {
  readonly cell: string;
  readonly gpu: string;
}

/** What the rooms tell about themselves. */
export interface RoomsListener {
  /** The frame answered; workers can be started. */
  readonly open: () => void;
  readonly cell: (message: FromCell) => void;
  readonly gpu: (message: FromGpu) => void;
  readonly ended: (worker: WorkerName) => void;
  /** This frame is of no more use. */
  readonly dead: (fault: Fault) => void;
}

export interface RoomsOptions {
  readonly openFrame: OpenFrame;
  readonly texts: Promise<WorkerTexts>;
  readonly clock: Clock;
  readonly listener: RoomsListener;
}

/** One frame with its workers and the three lines to them. It dies as a whole; a new one is made in its place. */
export class Rooms {
  readonly #frame: Frame;
  readonly #line: Line<ToFrame>;
  readonly #listener: RoomsListener;
  readonly #texts: Promise<WorkerTexts>;
  readonly #clock: Clock;
  readonly #nonce: string = crypto.randomUUID();
  readonly #generations: Record<WorkerName, number> = { cell: 0, gpu: 0 };
  #cell: Line<ToCell> | undefined;
  #gpu: Line<ToGpu> | undefined;
  #heartbeat: Heartbeat | undefined;
  #bad = 0;
  #closed = false;

  constructor(options: RoomsOptions) {
    this.#listener = options.listener;
    this.#texts = options.texts;
    this.#clock = options.clock;
    this.#frame = options.openFrame(this.#nonce);
    this.#line = openLine(this.#frame.port, {
      name: "frame",
      decoder: fromFrame,
      hear: (message) => this.#hear(message),
      bad: this.#badMessage,
    });
  }

  toCell(message: ToCell, transfer?: Transferable[]): void {
    this.#cell?.send(message, transfer);
  }

  toGpu(message: ToGpu): void {
    this.#gpu?.send(message);
  }

  /**
   * Starts a worker, in place of the one before. The GPU worker first: the cell worker is joined to it. Returns the
   * worker's generation.
   */
  start(worker: WorkerName): number {
    this.#hangUp(worker);
    const { port1, port2 } = new MessageChannel();
    this.#generations[worker] += 1;
    const ends = { name: worker, bad: this.#badMessage };
    if (worker === "cell")
      this.#cell = openLine(port1, { ...ends, decoder: fromCell, hear: this.#listener.cell });
    else this.#gpu = openLine(port1, { ...ends, decoder: fromGpu, hear: this.#listener.gpu });
    this.#line.send({ type: "start", worker, generation: this.#generations[worker] }, [port2]);
    return this.#generations[worker];
  }

  /** A tensor line to the GPU worker that runs now, in the place of a cell worker. */
  join(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#line.send({ type: "join", generation: this.#generations.gpu }, [port2]);
    return port1;
  }

  /** What came by a line beside those of the workers, and made no sense. */
  badMessage(): void {
    this.#badMessage();
  }

  /** Ends a worker. The listener's `ended` comes when it is gone. */
  end(worker: WorkerName): void {
    this.#hangUp(worker);
    this.#line.send({ type: "end", worker });
  }

  close(): void {
    this.#closed = true;
    this.#heartbeat?.stop();
    this.#hangUp("cell");
    this.#hangUp("gpu");
    this.#line.close();
    this.#frame.remove();
  }

  #hangUp(worker: WorkerName): void {
    if (worker === "cell") this.#cell?.close();
    else this.#gpu?.close();
  }

  #hear(message: FromFrame): void {
    if (this.#closed) return;
    switch (message.type) {
      case "hello":
        return this.#hello(message.nonce);
      case "pong":
        return this.#heartbeat?.heard();
      case "ended":
        if (message.generation === this.#generations[message.worker]) this.#listener.ended(message.worker);
        return;
      case "broken":
        if (message.generation !== this.#generations[message.worker]) return;
        return this.#die(
          new Fault("sandbox/worker", `the ${message.worker} worker broke: ${message.message}`),
        );
    }
  }

  #hello(nonce: string): void {
    if (nonce !== this.#nonce || this.#heartbeat !== undefined) return this.#badMessage();
    this.#heartbeat = new Heartbeat(
      this.#clock,
      (beat) => this.#line.send({ type: "ping", beat }),
      () => this.#die(new Fault("sandbox/silent", "the sandbox stopped answering, perhaps out of memory")),
    );
    this.#texts.then(
      (texts) => {
        this.#line.send({ type: "load", ...texts });
        this.#listener.open();
      },
      (cause: unknown) =>
        this.#die(new Fault("sandbox/load", "the workers' scripts cannot be loaded", { cause })),
    );
  }

  readonly #badMessage = (): void => {
    this.#bad += 1;
    if (this.#bad < MOST_BAD_MESSAGES) return;
    this.#die(new Fault("sandbox/protocol", `the sandbox sent ${this.#bad} messages that make no sense`));
  };

  #die(fault: Fault): void {
    if (this.#closed) return;
    this.close();
    this.#listener.dead(fault);
  }
}
