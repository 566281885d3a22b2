import { Fault } from "@tilebook/base";
import { GraphDesk, Watcher } from "@tilebook/mesh";
import type { ComputeRoom } from "@tilebook/mesh/room";
import type { OpenMesh } from "./open-mesh.ts";
import { ownDevice } from "./own-device.ts";
import type { LinkWish, MeshWish } from "./words.ts";

/** Those of a room who are asked for: its host, and guests. */
export interface Those {
  readonly self: string;
  readonly workers: ComputeRoom["workers"];
}

/** The ranks that are wanted of a room: this page first, then those who came, in that order. Faults `mesh/few`, `mesh/who`. */
export function ranksOf(room: Those, wanted: MeshWish): readonly string[] {
  const { workers, self } = room;
  if (typeof wanted === "object") return wanted.map((name) => memberNamed(room, name));
  const there = [self, ...workers.map(({ id }) => id)];
  if (wanted === undefined) return there;
  if (wanted <= there.length) return there.slice(0, wanted);
  throw new Fault("mesh/few", `${wanted} devices are wanted, and ${there.length} are in the room`, {
    hint: "invite more, or ask for fewer: mesh() takes all that are there",
  });
}

/** Members of a room as a mesh. Rejects with `mesh/no-link` where some of them do not reach each other. */
export async function openRoomMesh(
  room: ComputeRoom,
  id: string,
  ranks: readonly string[],
): Promise<OpenMesh> {
  let wish: LinkWish = {};
  const group = await room.group(ranks, id, () => wish);
  const slow = async (wanted: LinkWish): Promise<void> => {
    const { collectives: _, ...before } = wish;
    const { collectives: __, ...now } = wanted;
    wish = wanted;
    // Members are told only of what is another than before.
    if (JSON.stringify(now) !== JSON.stringify(before)) await room.links.slow(ranks, now);
  };
  const own = await ownDevice();
  const arrivals = ranks.map((peer) => room.arrivalOf(peer));
  const rankOf = (peer: string): number => ranks.indexOf(peer);
  const reports = ranks.map((peer) => ({
    name: room.nameOf(peer) ?? "this device",
    device: peer === room.self ? own.report.name : (room.about(peer)?.device?.name ?? "unknown"),
    kind: "peer" as const,
  }));
  return {
    desk: new GraphDesk(group),
    report: { id, ranks: reports },
    watcher: new Watcher(),
    since: performance.now(),
    traffic: async () => {
      const { edges, framing } = await room.traffic(ranks);
      const numbered = edges.map(({ from, to, payload }) => ({
        from: rankOf(from),
        to: rankOf(to),
        payload,
      }));
      return { edges: numbered, framing };
    },
    check: () => {
      const gone = ranks.find((peer, rank) => room.arrivalOf(peer) !== arrivals[rank]);
      if (gone !== undefined)
        throw new Fault("mesh/gone", `a device of this mesh is gone: ${reports[rankOf(gone)]?.name ?? ""}`, {
          hint: "run the cell with mesh() again: it takes those that are there",
        });
    },
    slow,
    close: () => void slow({}).catch(() => undefined),
  };
}

function memberNamed(room: Those, name: string): string {
  if (name === "this device") return room.self;
  const found = room.workers.filter((member) => member.name === name);
  const [one] = found;
  if (one !== undefined && found.length === 1) return one.id;
  const names = ["this device", ...room.workers.map((member) => member.name)].join(", ");
  throw new Fault(
    "mesh/who",
    found.length === 0 ? `nobody called ${name} is here` : `${found.length} are called ${name}`,
    {
      hint: `who is here: ${names}`,
    },
  );
}
