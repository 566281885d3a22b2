import type { RankFigures, Timeline, TimelineEvent } from "./figures.ts";

/** Most events that are kept: a page shows no more. */
const mostKept = 20_000;

/** What runs of a group tell while somebody watches. */
export class Watcher {
  #isOn = false;
  #events: TimelineEvent[] = [];
  #figures: RankFigures[] = [];

  /** For `ComputeOptions`: nothing while nobody watches. */
  get options(): { readonly timeline?: (timeline: Timeline) => void } {
    return this.#isOn ? { timeline: (timeline) => this.#add(timeline) } : {};
  }

  /** Begins anew, or ends. */
  set(on: boolean): void {
    if (on) [this.#events, this.#figures] = [[], []];
    this.#isOn = on;
  }

  /** In the order in which they began, on the clock of who drives. */
  get events(): readonly TimelineEvent[] {
    return this.#events;
  }

  /** By rank, of all runs together. */
  get figures(): readonly RankFigures[] {
    return this.#figures;
  }

  #add({ events, ranks }: Timeline): void {
    this.#events = [...this.#events, ...events].slice(-mostKept);
    this.#figures = ranks.map((now, rank) => {
      const { compute = 0, communication = 0, exposed = 0 } = this.#figures[rank] ?? {};
      return {
        rank,
        compute: compute + now.compute,
        communication: communication + now.communication,
        exposed: exposed + now.exposed,
      };
    });
  }
}
