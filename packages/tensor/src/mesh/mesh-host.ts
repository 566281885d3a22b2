/** What cells know of one device of a mesh. */
export interface MeshRank {
  readonly name: string;
  /** What it computes on. */
  readonly device: string;
  /** In this page, in place of somebody else; or in the page of somebody who joined. */
  readonly kind: "rehearsal" | "peer";
}

/** The devices that are wanted: so many, or by their names. */
export type MeshWish = number | readonly string[];

export interface MeshReport {
  readonly id: string;
  readonly ranks: readonly MeshRank[];
}

/** Links as slow as this: Mbit/s, one way in milliseconds, share of packets lost. What is absent is as it is. */
export interface LinkWish {
  readonly mbps?: number;
  readonly ms?: number;
  readonly loss?: number;
  /** Only the links between these ranks, both ways; all by default. */
  readonly between?: readonly (readonly [number, number])[];
  /** How collectives are done that can be done so; as is fastest by default. */
  readonly collectives?: "direct" | "ring" | "tree";
}

/** Something that one rank did, in milliseconds since the mesh was opened. */
export interface MeshEvent {
  readonly rank: number;
  readonly kind: "compute" | "send" | "receive";
  readonly what: string;
  readonly start: number;
  readonly end: number;
  readonly bytes?: number;
}

/** What one rank has received from another. */
export interface MeshEdge {
  readonly from: number;
  readonly to: number;
  /** Bytes of tensors. */
  readonly payload: number;
}

/** Of one rank, in milliseconds. */
export interface RankFigures {
  readonly rank: number;
  /** In which its device computes. */
  readonly compute: number;
  /** In which bytes are on their way to it. */
  readonly communication: number;
  /** Of that, in which its device does nothing. */
  readonly exposed: number;
}

/** What a mesh has done since it was opened. */
export interface MeshLog {
  readonly edges: readonly MeshEdge[];
  /** Bytes of all that was sent beside tensors. */
  readonly framing: number;
  /** Of all runs since the last log that began to watch. */
  readonly events: readonly MeshEvent[];
  readonly figures: readonly RankFigures[];
  /** The time of this log, on the clock of the events. */
  readonly now: number;
}

/** The way to other devices. */
export interface MeshHost {
  /** Faults `mesh/...`. */
  open(wanted: MeshWish | undefined): Promise<MeshReport>;
  link(mesh: string, wish: LinkWish): Promise<void>;
  /** With `watch`, runs tell from now on what their ranks do; without, not any more. */
  log(mesh: string, watch: boolean): Promise<MeshLog>;
}
