import { type Clock, Fault } from "@tilebook/base";
import { closed } from "../faults.ts";
import { deviceLost, LossPolicy, rebuildFailed } from "./loss.ts";
import { Session, SessionLost } from "./session.ts";

/** What happened to a device, for the page to show. */
export interface DeviceLoss {
  readonly reason: GPUDeviceLostReason;
  readonly message: string;
  /** True: a new device is on its way and nothing is lost. False: the page must be reloaded. */
  readonly recovering: boolean;
}

export interface LifelineOptions {
  readonly gpu: GPU;
  readonly clock: Clock;
  readonly onLost?: ((loss: DeviceLoss) => void) | undefined;
}

/** Keeps a device at hand: the first one, and the next after a loss. */
export class Lifeline {
  readonly #options: LifelineOptions;
  readonly #policy = new LossPolicy();
  /** The newest session, maybe lost. */
  latest: Session;
  #coming: Promise<Session>;
  #end: Fault | undefined;

  private constructor(options: LifelineOptions, first: Session) {
    this.#options = options;
    this.latest = first;
    this.#coming = Promise.resolve(first);
  }

  static async open(options: LifelineOptions): Promise<Lifeline> {
    let lifeline: Lifeline | undefined;
    const first = await Session.open(options.gpu, options.clock, (session) => lifeline?.lost(session));
    lifeline = new Lifeline(options, first);
    if (first.loss !== undefined) lifeline.lost(first);
    return lifeline;
  }

  /** Throws the Fault that ended it, if one did. */
  check(): void {
    if (this.#end !== undefined) throw this.#end;
  }

  /**
   * Does `work` on the current device, and again from its start on the next one if the device is lost under it. With
   * `once`, that is thrown instead.
   */
  async survive<T>(work: (session: Session) => Promise<T>, once?: Fault): Promise<T> {
    for (;;) {
      this.check();
      const session = await this.#coming;
      this.check();
      try {
        return await work(session);
      } catch (error) {
        if (!(await lostUnder(session, error))) throw error;
        if (once !== undefined) throw once;
      }
    }
  }

  close(): void {
    this.#end = closed();
    this.latest.close();
  }

  /** Answers the loss of a session: opens the next one, or ends. */
  lost(session: Session): void {
    if (this.#end !== undefined) return;
    const { reason, message } = session.loss ?? { reason: "unknown", message: "" };
    const recovering = this.#policy.mayRebuild(this.#options.clock.now());
    if (recovering) this.#coming = this.#reopen();
    else this.#end = deviceLost(message);
    this.#options.onLost?.({ reason, message, recovering });
  }

  async #reopen(): Promise<Session> {
    const { latest } = this.latest.pipelines;
    try {
      this.latest = await Session.open(this.#options.gpu, this.#options.clock, (session) =>
        this.lost(session),
      );
      if (this.#end === undefined) this.latest.pipelines.warm(latest);
      else this.latest.close();
    } catch (error) {
      this.#end ??= rebuildFailed(error);
    }
    return this.latest;
  }
}

/** Whether `error` came from losing the device. The loss may be told a little after the error it causes. */
async function lostUnder(session: Session, error: unknown): Promise<boolean> {
  if (error instanceof SessionLost || session.loss !== undefined) return !isAnswer(error);
  if (isAnswer(error)) return false;
  await session.lossWithin(100);
  return session.loss !== undefined;
}

/** Faults that a new device would give again. */
function isAnswer(error: unknown): boolean {
  const doubtful = ["executor/gpu-error", "executor/wgsl", "executor/bad-raw"];
  return error instanceof Fault && !doubtful.includes(error.code);
}
