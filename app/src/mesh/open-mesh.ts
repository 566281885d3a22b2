import type { GraphDesk, Watcher } from "@tilebook/mesh";
import type { MeshLog, MeshReport, LinkWish } from "./words.ts";

/** A mesh that cells have opened. */
export interface OpenMesh {
  readonly desk: GraphDesk;
  readonly report: MeshReport;
  readonly watcher: Watcher;
  /** When it was opened, by `performance.now()`. */
  readonly since: number;
  readonly traffic: () => Promise<Pick<MeshLog, "edges" | "framing">>;
  /** Fault `mesh/gone`, where a device is not there any more, or came back without what it had. */
  check(): void;
  /** Fault `mesh/link` where links cannot be so slow. */
  slow(wish: LinkWish): Promise<void>;
  close(): void;
}

/** What a rank computes while a byte arrives: about that of a laptop on a fast local net. */
export const operationsPerByte = 500;
