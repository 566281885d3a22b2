import type { GraphDesk } from "@tilebook/mesh";
import type { MeshLog, MeshReport, LinkWish } from "./words.ts";

/** A mesh that cells have opened. */
export interface OpenMesh {
  readonly desk: GraphDesk;
  readonly report: MeshReport;
  log(): Promise<MeshLog>;
  /** Fault `mesh/link` where links cannot be made slow. */
  slow(wish: LinkWish): void;
  close(): void;
}

/** What a rank computes while a byte arrives: about that of a laptop on a fast local net. */
export const operationsPerByte = 500;
