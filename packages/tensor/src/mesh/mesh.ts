import { Fault } from "@tilebook/base";
import type { Layout } from "@tilebook/ir";
import type { PlotOutput } from "../output/plot.ts";
import type {
  LinkWish,
  MeshEdge,
  MeshEvent,
  MeshHost,
  MeshLog,
  MeshRank,
  MeshReport,
  RankFigures,
} from "./mesh-host.ts";

/** What was sent and computed while some work was done. */
export interface MeshMeasure<T> {
  readonly value: T;
  readonly milliseconds: number;
  /** Bytes of tensors that went from one rank to another. */
  readonly bytes: number;
  /** Bytes of everything else on the links. */
  readonly framing: number;
  readonly edges: readonly MeshEdge[];
  readonly events: readonly MeshEvent[];
  readonly ranks: readonly RankFigures[];
  /** The share of communication beside which its rank computes, 0 to 1; 1 where there is none. */
  readonly hidden: number;
  /** A plot of what ranks did, and when. */
  readonly timeline: (title?: string) => PlotOutput;
}

/** Draws what ranks did. Given from outside: plots know tensors, and tensors know meshes. */
export type DrawEvents = (events: readonly MeshEvent[], title?: string) => PlotOutput;

/** Devices that compute together, as cells have them. Plain data but for the way to them. */
export class Mesh {
  readonly id: string;
  readonly ranks: readonly MeshRank[];
  readonly #host: MeshHost;
  readonly #draw: DrawEvents;

  constructor({ id, ranks }: MeshReport, host: MeshHost, draw: DrawEvents) {
    this.id = id;
    this.ranks = ranks;
    this.#host = host;
    this.#draw = draw;
  }

  /** How many ranks. */
  get size(): number {
    return this.ranks.length;
  }

  /** Makes all links as slow as this, with real waiting; without an argument as fast as they are. */
  async link(wish: LinkWish = {}): Promise<this> {
    await this.#host.link(this.id, wish);
    return this;
  }

  /** What the mesh does during `work`: start with everything that it needs computed, and let it wait for its results. */
  async measure<T>(work: () => T | Promise<T>): Promise<MeshMeasure<Awaited<T>>> {
    if (typeof work !== "function")
      throw new Fault("mesh/work", "measure() takes a function: room.measure(() => realize(y))");
    const before = await this.#host.log(this.id, true);
    let value: Awaited<T>;
    try {
      value = await work();
    } catch (error) {
      await this.#host.log(this.id, false);
      throw error;
    }
    const measured = between(before, await this.#host.log(this.id, false));
    return { value, ...measured, timeline: (title) => this.#draw(measured.events, title) };
  }

  /** Faults `mesh/layout`, and `mesh/rank` and `shape/axis`, where a layout names a rank of this mesh or an axis of a tensor that is not there. */
  check(layout: Layout, rank: number): void {
    if (typeof layout !== "object")
      throw new Fault("mesh/layout", `a layout is sbp.split(0), for example, not ${JSON.stringify(layout)}`);
    if (layout.kind === "split" && layout.axis >= rank)
      throw new Fault("shape/axis", `there is no axis ${layout.axis} to cut along: the tensor has ${rank}`);
    if (layout.kind !== "at" || layout.rank < this.size) return;
    throw new Fault("mesh/rank", `there is no rank ${layout.rank} in a mesh of ${this.size}`, {
      hint: `ranks are 0 to ${this.size - 1}: write sbp.at(rank % mesh.size), or ask for more with mesh(${layout.rank + 1})`,
    });
  }
}

function between(before: MeshLog, after: MeshLog): Omit<MeshMeasure<never>, "value" | "timeline"> {
  const had = new Map(before.edges.map(({ from, to, payload }) => [`${from} ${to}`, payload]));
  const edges = after.edges
    .map((edge) => ({ ...edge, payload: edge.payload - (had.get(`${edge.from} ${edge.to}`) ?? 0) }))
    .filter(({ payload }) => payload > 0);
  const events = after.events.map((event) => ({
    ...event,
    start: event.start - before.now,
    end: event.end - before.now,
  }));
  const [all, exposed] = (["communication", "exposed"] as const).map((field) =>
    after.figures.reduce((sum, figures) => sum + figures[field], 0),
  ) as [number, number];
  return {
    milliseconds: after.now - before.now,
    bytes: edges.reduce((sum, { payload }) => sum + payload, 0),
    framing: after.framing - before.framing,
    edges,
    events,
    ranks: after.figures,
    hidden: all === 0 ? 1 : 1 - exposed / all,
  };
}
