import { Fault, faultData } from "@tilebook/base";
import { meshOf } from "@tilebook/ir";
import type { Timeline } from "@tilebook/mesh";
import { type MeshService, peekOf } from "@tilebook/sandbox";
import { openedRoom } from "../room/room.ts";
import { room as roomView } from "../room/room-state.ts";
import { AskedMeshes, type Asker } from "./asked-meshes.ts";
import type { OpenMesh } from "./open-mesh.ts";
import { forgetLanes, lanesShown, noteLanes } from "./lanes.ts";
import { deviceNumber } from "./own-device.ts";
import { mostRehearsed, openRehearsal } from "./rehearsal-mesh.ts";
import { openRoomMesh, ranksOf } from "./room-mesh.ts";
import type { LinkWish, MeshLog, MeshReport, MeshWish } from "./words.ts";

type Order = Parameters<MeshService["run"]>[0];
type PeekRequest = Parameters<MeshService["peek"]>[0];
type Room = NonNullable<ReturnType<typeof openedRoom>>;

export interface MeshesOptions {
  /** The run that asks now. */
  readonly running: () => Asker | undefined;
  /** Whether a cell still has what came of this run. */
  readonly isLast: (asker: Asker) => boolean;
  /** These cells would get meshes of other devices now. */
  readonly changed: (cells: readonly string[]) => void;
}

/** People come together: who comes within this time is one piece of news. */
const settleMs = 500;

/** The meshes of one notebook, by their ids: of the room that is open, or else rehearsed in this page. */
export class Meshes implements MeshService {
  readonly #open = new Map<string, Promise<OpenMesh>>();
  /** Of rooms, by their ranks. */
  readonly #ids = new Map<string, string>();
  readonly #options: MeshesOptions;
  readonly #asked = new AskedMeshes(keysOf);
  readonly #unlisten: () => void;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(options: MeshesOptions) {
    this.#options = options;
    this.#unlisten = roomView.subscribe(() => {
      this.#settling ??= setTimeout(() => this.#look(), settleMs);
    });
  }

  async open(wanted: MeshWish): Promise<MeshReport> {
    const asker = this.#options.running();
    if (asker !== undefined) this.#asked.asked(asker, wanted);
    const room = roomWithOthers();
    const mesh = await (room === undefined
      ? this.#once(`r${alone(wanted)}`, (id) => openRehearsal(id, alone(wanted)))
      : this.#ofRoom(room, wanted));
    await mesh.slow({});
    return mesh.report;
  }

  async run(order: Order, signal: AbortSignal): Promise<void> {
    const mesh = await this.#there(order.mesh);
    mesh.check();
    try {
      await mesh.desk.compute(order, { signal, ...listenersOf(mesh) });
    } catch (error) {
      mesh.check();
      throw error;
    }
  }

  async read(tensor: string): Promise<Uint8Array> {
    const mesh = await this.#of(tensor);
    mesh.check();
    return mesh.desk.read(tensor);
  }

  async peek(request: PeekRequest): ReturnType<MeshService["peek"]> {
    const { desk } = await this.#of(request.tensor);
    const bytes = await desk.read(request.tensor);
    const part = (start: number, end: number): Promise<Uint8Array> =>
      Promise.resolve(bytes.slice(start, end));
    return peekOf(desk.typeOf(request.tensor), request, part);
  }

  async link(mesh: string, wish: LinkWish): Promise<void> {
    const open = await this.#there(mesh);
    await open.slow(wish);
  }

  async log(mesh: string, watch: boolean): Promise<MeshLog> {
    const { traffic, watcher, since } = await this.#there(mesh);
    const { edges, framing } = await traffic();
    watcher.set(watch);
    const events = watcher.events.map(({ rank, kind, what, start, end, bytes }) => {
      return { rank, kind, what, bytes, start: start - since, end: end - since };
    });
    return { edges, framing, events, figures: watcher.figures, now: performance.now() - since };
  }

  free(tensors: readonly string[]): void {
    this.#forAll(({ desk }) => desk.free(tensors));
  }

  retain(tensors: readonly string[]): void {
    this.#forAll(({ desk }) => desk.retain(tensors));
  }

  close(): void {
    this.#isClosed = true;
    this.#unlisten();
    clearTimeout(this.#settling);
    forgetLanes();
    this.retain([]);
    this.#forAll((mesh) => mesh.close());
    this.#open.clear();
  }

  #look(): void {
    this.#settling = undefined;
    const cells = this.#asked.changed(this.#options.isLast);
    if (cells.length > 0) this.#options.changed(cells);
  }

  #ofRoom(room: Room, wanted: MeshWish): Promise<OpenMesh> {
    const ranks = ranksOf(room, wanted);
    const key = ranks.join();
    const id = this.#ids.get(key) ?? `m${this.#ids.size + 1}`;
    this.#ids.set(key, id);
    return this.#once(id, () => openRoomMesh(room, id, ranks));
  }

  /** The mesh of this id, if it is there with all of its devices; else a new one. */
  async #once(id: string, open: (id: string) => Promise<OpenMesh>): Promise<OpenMesh> {
    const before = await this.#open.get(id);
    if (before !== undefined && isWhole(before)) return before;
    before?.close();
    const opening = open(id);
    this.#open.set(id, opening);
    opening.catch(() => this.#open.delete(id));
    const mesh = await opening;
    if (!this.#isClosed) return mesh;
    mesh.close();
    throw new Fault("mesh/closed", "the notebook was closed");
  }

  #forAll(act: (mesh: OpenMesh) => void): void {
    for (const opening of this.#open.values())
      void opening.then(act, () => {
        // It never was there.
      });
  }

  #of(tensor: string): Promise<OpenMesh> {
    return this.#there(meshOf(tensor) ?? "");
  }

  #there(mesh: string): Promise<OpenMesh> {
    const open = this.#open.get(mesh);
    if (open !== undefined) return open;
    throw new Fault("mesh/unknown", "this mesh is gone", { hint: "run the cell with mesh() again" });
  }
}

/** Who wants to hear what a run did: the cell that measures, whoever looks at the lanes, or nobody. */
function listenersOf({ report, watcher }: OpenMesh): { readonly timeline?: (timeline: Timeline) => void } {
  const { timeline } = watcher.options;
  if (lanesShown.getState().lookers === 0) return timeline === undefined ? {} : { timeline };
  const names = report.ranks.map(({ name }) => name);
  return {
    timeline: (done) => {
      timeline?.(done);
      noteLanes(report.id, names, done);
    },
  };
}

/** The room of this page, if there is anybody to compute with. */
function roomWithOthers(): Room | undefined {
  const room = openedRoom();
  return room === undefined || room.workers.length === 0 ? undefined : room;
}

/** As `KeysOf`. */
function keysOf(wanted: MeshWish): readonly [string, string] {
  const room = openedRoom();
  const those = (members: Room["workers"]): string => {
    try {
      if (room === undefined || members.length === 0) return `rehearsal ${alone(wanted)} ${deviceNumber()}`;
      return ranksOf({ self: room.self, workers: members }, wanted)
        .map((peer) => room.arrivalOf(peer))
        .join();
    } catch (error) {
      return faultData(error).code;
    }
  };
  return [those(room?.workers ?? []), those(room?.mates ?? [])];
}

function isWhole(mesh: OpenMesh): boolean {
  try {
    mesh.check();
    return true;
  } catch {
    return false;
  }
}

function alone(wanted: MeshWish): number {
  if (typeof wanted === "object")
    throw new Fault("mesh/who", `nobody called ${wanted[0] ?? ""} is here`, {
      hint: "open a room and invite them; mesh(4) rehearses with four ranks in this page",
    });
  const count = wanted ?? 1;
  if (count <= mostRehearsed) return count;
  throw new Fault("mesh/wanted", `one page plays at most ${mostRehearsed} ranks, not ${count}`);
}
