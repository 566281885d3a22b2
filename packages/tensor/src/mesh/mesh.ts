import { Fault } from "@tilebook/base";
import type { Layout } from "@tilebook/ir";
import type { LinkWish, MeshEdge, MeshEvent, MeshHost, MeshLog, MeshRank, MeshReport } from "./mesh-host.ts";

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
}

/** Devices that compute together, as cells have them. Plain data but for the way to them. */
export class Mesh {
  readonly id: string;
  readonly ranks: readonly MeshRank[];
  readonly #host: MeshHost;

  constructor({ id, ranks }: MeshReport, host: MeshHost) {
    this.id = id;
    this.ranks = ranks;
    this.#host = host;
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
    const before = await this.#host.log(this.id);
    const value = await work();
    const after = await this.#host.log(this.id);
    return { value, ...between(before, after) };
  }

  /** Faults `mesh/rank` and `shape/axis`, where a layout names a rank of this mesh or an axis of a tensor that is not there. */
  check(layout: Layout, rank: number): void {
    if (layout.kind === "split" && layout.axis >= rank)
      throw new Fault("shape/axis", `there is no axis ${layout.axis} to cut along: the tensor has ${rank}`);
    if (layout.kind !== "at" || layout.rank < this.size) return;
    throw new Fault("mesh/rank", `there is no rank ${layout.rank} in a mesh of ${this.size}`, {
      hint: `ranks are 0 to ${this.size - 1}: write sbp.at(rank % mesh.size), or ask for more with mesh(${layout.rank + 1})`,
    });
  }
}

function between(before: MeshLog, after: MeshLog): Omit<MeshMeasure<never>, "value"> {
  const had = new Map(before.edges.map(({ from, to, payload }) => [`${from} ${to}`, payload]));
  const edges = after.edges
    .map((edge) => ({ ...edge, payload: edge.payload - (had.get(`${edge.from} ${edge.to}`) ?? 0) }))
    .filter(({ payload }) => payload > 0);
  const events = after.events.filter(({ start }) => start >= before.now);
  return {
    milliseconds: after.now - before.now,
    bytes: edges.reduce((sum, { payload }) => sum + payload, 0),
    framing: after.framing - before.framing,
    edges,
    events: events.map((event) => ({
      ...event,
      start: event.start - before.now,
      end: event.end - before.now,
    })),
  };
}
