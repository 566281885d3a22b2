import type { PauseReason } from "@tilebook/mesh";

interface Battery extends EventTarget {
  readonly charging: boolean;
  readonly level: number;
}

/** What only some browsers tell. */
interface Telling {
  readonly getBattery?: () => Promise<Battery>;
  readonly connection?: EventTarget & { readonly saveData?: boolean };
}

/** A battery below this that is not being charged is its owner's. */
const lowBattery = 0.3;

/** Reasons of the device and its browser to take no tasks. */
export class Pauses {
  readonly #changed: () => void;
  readonly #over = new AbortController();
  readonly #telling: Telling = navigator as Telling;
  #battery: Battery | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
    const { signal } = this.#over;
    document.addEventListener("visibilitychange", changed, { signal });
    this.#telling.connection?.addEventListener("change", changed, { signal });
    void this.#telling
      .getBattery?.()
      .then((battery) => this.#watch(battery))
      .catch(() => undefined);
  }

  /** `background`: a hidden tab is no reason. */
  reasons(background: boolean): readonly PauseReason[] {
    const battery = this.#battery;
    const low = battery !== undefined && !battery.charging && battery.level < lowBattery;
    const all: readonly (PauseReason | false)[] = [
      document.hidden && !background && "hidden",
      low && "battery",
      this.#telling.connection?.saveData === true && "data",
    ];
    return all.filter((reason) => reason !== false);
  }

  stop(): void {
    this.#over.abort();
  }

  #watch(battery: Battery): void {
    const { signal } = this.#over;
    this.#battery = battery;
    for (const event of ["chargingchange", "levelchange"])
      battery.addEventListener(event, this.#changed, { signal });
    this.#changed();
  }
}
