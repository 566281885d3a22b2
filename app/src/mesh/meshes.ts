import { Fault } from "@tilebook/base";
import { meshOf } from "@tilebook/ir";
import { GraphDesk, rehearse, type Rehearsal } from "@tilebook/mesh";
import { type MeshService, openPeerDevice, peekOf, type PeerDevice } from "@tilebook/sandbox";

type Asked<Method extends keyof MeshService> = Parameters<MeshService[Method]>;
type Answer<Method extends keyof MeshService> = Awaited<ReturnType<MeshService[Method]>>;

/** Ranks that one page plays: each has its own links to all others. */
const mostRehearsed = 8;
const mebibyte = 2 ** 20;
/** What a rank computes while a byte arrives: about that of a laptop on a fast local net. */
const operationsPerByte = 500;

interface Open {
  readonly stage: Rehearsal;
  readonly desk: GraphDesk;
  readonly report: Answer<"open">;
  readonly since: number;
}

/** The meshes of one notebook, by their ids. All ranks of this page share one device beside that of the cells. */
export class Meshes implements MeshService {
  readonly #open = new Map<string, Promise<Open>>();
  #device: Promise<PeerDevice> | undefined;
  #isClosed = false;

  async open(wanted: Asked<"open">[0]): Promise<Answer<"open">> {
    const count = countOf(wanted);
    const id = `r${count}`;
    let opening = this.#open.get(id);
    if (opening === undefined) {
      opening = this.#rehearse(id, count);
      this.#open.set(id, opening);
      opening.catch(() => this.#open.delete(id));
    }
    const { stage, report } = await opening;
    stage.slow({});
    return report;
  }

  async run(order: Asked<"run">[0], signal: AbortSignal): Promise<void> {
    const { desk } = await this.#there(order.mesh);
    await desk.compute(order, signal);
  }

  async read(tensor: string): Promise<Uint8Array> {
    const { desk } = await this.#of(tensor);
    return desk.read(tensor);
  }

  async peek(request: Asked<"peek">[0]): Promise<Answer<"peek">> {
    const { desk } = await this.#of(request.tensor);
    const bytes = await desk.read(request.tensor);
    return peekOf(desk.typeOf(request.tensor), request, (start, end) =>
      Promise.resolve(bytes.slice(start, end)),
    );
  }

  async link(mesh: string, wish: Asked<"link">[1]): Promise<void> {
    const { stage } = await this.#there(mesh);
    stage.slow(wish);
  }

  async log(mesh: string): Promise<Answer<"log">> {
    const { stage, since } = await this.#there(mesh);
    return { ...stage.traffic(), events: [], now: performance.now() - since };
  }

  free(tensors: readonly string[]): void {
    for (const opening of this.#open.values()) void opening.then(({ desk }) => desk.free(tensors), nothing);
  }

  retain(tensors: readonly string[]): void {
    for (const opening of this.#open.values()) void opening.then(({ desk }) => desk.retain(tensors), nothing);
  }

  close(): void {
    this.#isClosed = true;
    for (const opening of this.#open.values()) void opening.then(({ stage }) => stage.close(), nothing);
    this.#open.clear();
    void this.#device?.then((device) => device.close(), nothing);
  }

  async #rehearse(id: string, count: number): Promise<Open> {
    const device = await this.#peerDevice();
    const stage = await rehearse(count, {
      device,
      budgetBytes: 512 * mebibyte,
      connection: () => new RTCPeerConnection({ iceServers: [] }),
      operationsPerByte,
    });
    if (this.#isClosed) {
      stage.close();
      throw closed();
    }
    const ranks = Array.from({ length: count }, (_, rank) => ({
      name: `rank ${rank}`,
      device: device.report.name,
      kind: "rehearsal" as const,
    }));
    return { stage, desk: new GraphDesk(stage.group), report: { id, ranks }, since: performance.now() };
  }

  async #peerDevice(): Promise<PeerDevice> {
    if (this.#isClosed) throw closed();
    this.#device ??= openPeerDevice({
      frameUrl: new URL("frame.html", document.baseURI).href,
      budgetBytes: 1024 * mebibyte,
      interpreter: new URLSearchParams(location.search).has("interpreter"),
    });
    try {
      return await this.#device;
    } catch (error) {
      this.#device = undefined;
      throw error;
    }
  }

  #of(tensor: string): Promise<Open> {
    return this.#there(meshOf(tensor) ?? "");
  }

  #there(mesh: string): Promise<Open> {
    const open = this.#open.get(mesh);
    if (open !== undefined) return open;
    throw new Fault("mesh/unknown", "this mesh is gone", { hint: "run the cell with mesh() again" });
  }
}

function countOf(wanted: Asked<"open">[0]): number {
  if (typeof wanted === "object")
    throw new Fault("mesh/who", `nobody called ${wanted[0] ?? ""} is here`, {
      hint: "mesh(4) rehearses with four ranks in this page",
    });
  const count = wanted ?? 1;
  if (count <= mostRehearsed) return count;
  throw new Fault("mesh/wanted", `one page plays at most ${mostRehearsed} ranks, not ${count}`);
}

function closed(): Fault {
  return new Fault("mesh/closed", "the notebook was closed");
}

function nothing(): void {}
