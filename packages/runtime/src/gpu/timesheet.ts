import type { Session } from "./session.ts";
import { Stopwatch } from "./stopwatch.ts";

/** Hears of the GPU time of one pass, in milliseconds. */
export type Heard = (ms: number) => void;

/**
 * GPU times of passes that nobody waits for. They gather on the device and are read when it has nothing else to do, or when
 * there is no more room for them.
 */
export class Timesheet {
  readonly #session: Session;
  readonly #heard = new Map<number, Heard>();
  #next = 0;
  readonly stopwatch: Stopwatch;

  /** Only for a device with `timestamp-query`. */
  constructor(session: Session) {
    this.#session = session;
    this.stopwatch = new Stopwatch(session.device);
  }

  /** A label for passes of this submit: `heard` is told what they took. */
  label(heard: Heard): number {
    const label = this.#next++;
    this.#heard.set(label, heard);
    return label;
  }

  /** Reads what has gathered and tells it. One read at a time. */
  async read(): Promise<void> {
    const times = await this.stopwatch.read((work) => this.#session.nudged(work));
    for (const { label, ms } of times) this.#heard.get(label)?.(ms);
    this.#heard.clear();
  }
}
