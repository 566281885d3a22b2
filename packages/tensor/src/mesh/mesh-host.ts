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

/** What a mesh has done since it was opened. */
export interface MeshLog {
  readonly edges: readonly MeshEdge[];
  /** Bytes of all that was sent beside tensors. */
  readonly framing: number;
  /** The newest, in order of their starts. */
  readonly events: readonly MeshEvent[];
  /** The time of this log, on the clock of the events. */
  readonly now: number;
}

/** The way to other devices. */
export interface MeshHost {
  /** Faults `mesh/...`. */
  open(wanted: MeshWish | undefined): Promise<MeshReport>;
  link(mesh: string, wish: LinkWish): Promise<void>;
  log(mesh: string): Promise<MeshLog>;
}
