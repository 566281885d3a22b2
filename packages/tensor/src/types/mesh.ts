/** Other devices, as the editor sees them. */
export const meshDeclarations: string = `
/** How a tensor lies on the ranks of a mesh: \`sbp.split(0)\`, \`sbp.broadcast\`, \`sbp.partial()\`, \`sbp.at(1)\`. */
interface Layout {
  readonly kind: "split" | "broadcast" | "partial" | "at";
}

/** One device of a mesh. */
interface MeshRank {
  readonly name: string;
  readonly device: string;
  /** In this page, in place of somebody else; or in the page of somebody who joined. */
  readonly kind: "rehearsal" | "peer";
}

interface LinkWish {
  /** Mbit/s. */
  readonly mbps?: number;
  /** One way, in milliseconds. */
  readonly ms?: number;
  /** Share of packets lost, 0 to 1. */
  readonly loss?: number;
  /** Only the links between these ranks, both ways; all by default. */
  readonly between?: readonly (readonly [number, number])[];
  /** Everyone with everyone, from neighbour to neighbour, or by halves, where a collective can be done so; by default as is fastest, of the ways that give the same numbers for the same bytes. */
  readonly collectives?: "direct" | "ring" | "tree";
}

/** Something that one rank did, in milliseconds since the measurement began. */
interface MeshEvent {
  readonly rank: number;
  readonly kind: "compute" | "send" | "receive";
  /** What was computed; or what travelled, and in which way: it begins with \`all-reduce.ring\`, say. */
  readonly what: string;
  readonly start: number;
  readonly end: number;
  readonly bytes?: number;
}

interface MeshMeasure<T> {
  readonly value: T;
  readonly milliseconds: number;
  /** Bytes of tensors that went from one rank to another. */
  readonly bytes: number;
  /** Bytes of everything else on the links. */
  readonly framing: number;
  /** Bytes of tensors by who sent them and who received them. */
  readonly edges: readonly { readonly from: number; readonly to: number; readonly payload: number }[];
  readonly events: readonly MeshEvent[];
  /** Milliseconds of each rank: in which it computes, in which bytes are on their way to it, and of those in which it does nothing else. */
  readonly ranks: readonly {
    readonly rank: number;
    readonly compute: number;
    readonly communication: number;
    readonly exposed: number;
  }[];
  /** The share of communication beside which its rank computes, 0 to 1; 1 where there is none. */
  readonly hidden: number;
  /** A plot of what ranks did, and when. */
  timeline(title?: string): Shown;
}

/** Devices that compute together. */
interface Mesh {
  readonly id: string;
  /** How many ranks. */
  readonly size: number;
  readonly ranks: readonly MeshRank[];
  /** Makes links as slow as this, with real waiting. Without an argument they are as fast as they are. */
  link(wish?: LinkWish): Promise<Mesh>;
  /** What goes over the links and what ranks do during \`work\`. */
  measure<T>(work: () => T | Promise<T>): Promise<MeshMeasure<Awaited<T>>>;
}

/**
 * Devices of the room: all, so many, or those with these names. Where there are fewer, places are taken in this page, over real connections, so that
 * everything can be rehearsed on one device: \`const room = await mesh(4)\`.
 */
declare function mesh(wanted?: number | readonly string[]): Promise<Mesh>;
/** How tensors lie on a mesh (split, broadcast, partial as OneFlow has them; and whole on one rank). */
declare const sbp: {
  /** Cut along an axis, in parts as equal as can be, one a rank. */
  split(axis: number): Layout;
  /** Whole on every rank. */
  readonly broadcast: Layout;
  /** Each rank has a term; the tensor is their sum, greatest or least. */
  partial(op?: "sum" | "max" | "min"): Layout;
  /** Whole on one rank, and nowhere else. */
  at(rank: number): Layout;
};

interface Tensor {
  /**
   * The same tensor, lying so on a mesh: \`x.to(room, sbp.split(0))\`. What is computed from it is computed there, wherever that moves the fewest bytes; without a layout it lies as is best for that;
   * \`data()\`, showing it, and checks bring it back.
   */
  to(mesh: Mesh, layout?: Layout): Tensor;
}
`;
