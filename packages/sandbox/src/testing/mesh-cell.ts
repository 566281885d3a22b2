// Only tests stand on this: cells whose other devices are interpreters in this process, over the words of the cell worker and the app page.
import { decode, Fault } from "@tilebook/base";
import { encodeGraph, type Graph, meshOf } from "@tilebook/ir";
import { GraphDesk } from "@tilebook/mesh";
import { openPeers, type Peers, type PeersOptions } from "@tilebook/mesh/testing";
import { open, type TestCell, TestHost } from "@tilebook/tensor/testing";
import { MeshLine } from "../cell/mesh-line.ts";
import { MeshDesk } from "../host/mesh-desk.ts";
import { fromCell, type FromCell, type ToCell } from "../protocol/cell.ts";
import type { MeshService } from "../sandbox.ts";

class MeshCellHost extends TestHost {
  readonly mesh: MeshLine;
  readonly #desk: MeshDesk;
  #names = 0;

  constructor(service: MeshService) {
    super();
    this.#desk = new MeshDesk(service, (said) => this.#heard(structuredClone(said)));
    this.mesh = new MeshLine({
      send: (said) => this.#obey(decode(fromCell, structuredClone(said), "message")),
      name: () => `1.${(this.#names += 1)}`,
      encode: (graph) => JSON.stringify(encodeGraph(graph)),
      read: (tensor) => this.read(tensor),
      signal: () => this.unwanted,
    });
  }

  override run(graph: Graph, mesh?: string): Promise<readonly string[]> {
    return mesh === undefined ? super.run(graph) : this.mesh.run(graph, mesh);
  }

  override read(tensor: string): Promise<Uint8Array> {
    return meshOf(tensor) === undefined ? super.read(tensor) : this.mesh.read(tensor);
  }

  override free(tensor: string): void {
    this.mesh.free(tensor);
    if (meshOf(tensor) === undefined) super.free(tensor);
  }

  #obey(said: FromCell): void {
    if (said.type === "mesh") void this.#desk.serve(said);
    else if (said.type === "endMesh") this.#desk.end(said.id);
    else if (said.type === "freeMesh") this.#desk.free(said.tensors);
  }

  #heard(said: ToCell): void {
    if (said.type === "meshed") this.mesh.arrived(said.id, said.answer);
    else if (said.type === "unmeshed") this.mesh.refused(said.id, said.fault);
  }
}

export interface MeshCell {
  readonly cell: TestCell;
  readonly host: MeshCellHost;
  readonly peers: Peers;
  readonly close: () => void;
}

/** What a cell sees, with so many other devices. */
export async function openMeshCell(count: number, options: PeersOptions = {}): Promise<MeshCell> {
  const peers = await openPeers(count, options);
  const host = new MeshCellHost(serviceOf(peers, count));
  return { cell: open(host), host, peers, close: peers.close };
}

function serviceOf({ group, moved }: Peers, count: number): MeshService {
  const desk = new GraphDesk(group);
  const ranks = Array.from({ length: count }, (_, rank) => ({
    name: `rank ${rank}`,
    device: "interpreter",
    kind: "rehearsal" as const,
  }));
  return {
    open: async () => ({ id: "m", ranks }),
    run: (order, signal) => desk.compute(order, { signal }),
    read: (tensor) => desk.read(tensor),
    peek: () => Promise.reject(new Fault("test/peek", "nobody looks")),
    link: async () => undefined,
    log: async () => ({
      edges: [{ from: 0, to: 1, payload: moved() }],
      framing: 0,
      events: [],
      figures: [],
      now: 0,
    }),
    free: (tensors) => desk.free(tensors),
    retain: (tensors) => desk.retain(tensors),
  };
}
