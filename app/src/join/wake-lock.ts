/** Keeps the screen on while it is wanted. Browsers let go of the lock when the tab is hidden, so it is asked for again. */
export class WakeLock {
  #wanted = false;
  #held: Promise<WakeLockSentinel | undefined> | undefined;

  constructor(signal: AbortSignal) {
    document.addEventListener("visibilitychange", () => this.#ask(), { signal });
    signal.addEventListener("abort", () => this.want(false));
  }

  want(on: boolean): void {
    if (this.#wanted === on) return;
    this.#wanted = on;
    if (on) return this.#ask();
    void this.#held?.then((lock) => lock?.release()).catch(() => undefined);
    this.#held = undefined;
  }

  #ask(): void {
    if (!this.#wanted || document.hidden) return;
    const lock = navigator.wakeLock as Lock | undefined;
    // It is refused where the battery is low, say: then the screen goes off.
    this.#held = lock?.request("screen").catch(() => undefined);
  }
}

type Lock = Navigator["wakeLock"];
