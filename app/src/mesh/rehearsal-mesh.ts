import { Fault } from "@tilebook/base";
import { GraphDesk, rehearse, Watcher } from "@tilebook/mesh";
import { type OpenMesh, operationsPerByte } from "./open-mesh.ts";
import { deviceNumber, ownDevice } from "./own-device.ts";

/** Ranks that one page plays: each has its own links to all others. */
export const mostRehearsed = 8;

const mebibyte = 2 ** 20;

/** So many ranks in this page, over real connections. They share one device. */
export async function openRehearsal(id: string, count: number): Promise<OpenMesh> {
  const number = deviceNumber();
  const device = await ownDevice();
  const stage = await rehearse(count, {
    device,
    budgetBytes: 512 * mebibyte,
    connection: () => new RTCPeerConnection({ iceServers: [] }),
    operationsPerByte,
  });
  const ranks = Array.from({ length: count }, (_, rank) => ({
    name: `rank ${rank}`,
    device: device.report.name,
    kind: "rehearsal" as const,
  }));
  return {
    desk: new GraphDesk(stage.group),
    report: { id, ranks },
    watcher: new Watcher(),
    since: performance.now(),
    traffic: () => Promise.resolve(stage.traffic()),
    check: () => {
      if (deviceNumber() !== number)
        throw new Fault("mesh/gone", "this page's GPU was given back, and all that lay on it", {
          hint: "run the cell with mesh() again",
        });
    },
    slow: async (wish) => stage.slow(wish),
    close: () => stage.close(),
  };
}
