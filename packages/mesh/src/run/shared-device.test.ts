import type { Graph } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import type { Turn } from "../sbp/peer-plan.ts";
import type { Device } from "./device.ts";
import { SharedDevice } from "./shared-device.ts";

/** Does what it is told: its runs resolve at once, and it is done with them when the test says so. */
class HandDevice implements Device {
  readonly heard: string[] = [];
  readonly #done: (() => void)[] = [];

  upload(): string {
    return "";
  }

  async run({ outputs }: Graph): Promise<readonly string[]> {
    this.heard.push(`run ${outputs.length}`);
    return [`t${outputs.length}`];
  }

  async read(tensor: string): Promise<Uint8Array> {
    this.heard.push(`read ${tensor}`);
    return new Uint8Array();
  }

  free(): void {}

  settled(): Promise<void> {
    this.heard.push("settled");
    return new Promise((resolve) => this.#done.push(resolve));
  }

  async endOne(): Promise<void> {
    this.#done.shift()?.();
    await quiet();
  }
}

const quiet = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 0);
  });

/** Told apart by how many outputs they have. */
const graph = (name: number): Graph => ({ nodes: [], kernels: [], outputs: Array<number>(name).fill(0) });
const turn = (ahead: number, until: number = 0, place: number = 0): Turn => ({ ahead, until, place });
const runsOf = ({ heard }: HandDevice): readonly string[] => heard.filter((word) => word.startsWith("run"));

describe("a shared device", () => {
  test("[SD1] of all that wait the one goes first after which most is to travel, then which needs least work, then by place", async () => {
    const device = new HandDevice();
    const shared = new SharedDevice(device);
    const turns = [turn(0), turn(0), turn(5, 9, 1), turn(5, 9, 0), turn(5, 2, 7), turn(6, 50)];
    const runs = turns.map((one, at) => shared.run(graph(at + 1), undefined, one));
    await quiet();
    expect(runsOf(device)).toEqual(["run 1", "run 6"]);
    for (let ended = 0; ended < turns.length; ended++) await device.endOne();
    await Promise.all(runs);
    expect(runsOf(device)).toEqual(["run 1", "run 6", "run 5", "run 4", "run 3", "run 2"]);
  });

  test("[SD2] what is late goes before what has waited: two graphs are under way, and no more", async () => {
    const device = new HandDevice();
    const shared = new SharedDevice(device);
    for (const name of [1, 2, 3]) void shared.run(graph(name), undefined, turn(0));
    await quiet();
    void shared.run(graph(4), undefined, turn(1));
    await quiet();
    expect(runsOf(device)).toEqual(["run 1", "run 2"]);
    await device.endOne();
    expect(runsOf(device)).toEqual(["run 1", "run 2", "run 4"]);
  });

  test("[SD3] what is read when a run is over is asked for before the next graph", async () => {
    const device = new HandDevice();
    const shared = new SharedDevice(device);
    const first = shared.run(graph(1)).then(([tensor = ""]) => shared.read(tensor));
    void shared.run(graph(2));
    await first;
    await quiet();
    expect(device.heard).toEqual(["run 1", "read t1", "settled", "run 2", "settled"]);
  });

  test("[SD4] a graph whose run was stopped while it waited does not begin, and those behind it do", async () => {
    const device = new HandDevice();
    const shared = new SharedDevice(device);
    const stop = new AbortController();
    void shared.run(graph(1));
    void shared.run(graph(2));
    const stopped = shared.run(graph(3), stop.signal).catch((error: unknown) => error);
    void shared.run(graph(4));
    stop.abort();
    for (let ended = 0; ended < 4; ended++) await device.endOne();
    expect(await stopped).toMatchObject({ code: "run/stopped" });
    expect(runsOf(device)).toEqual(["run 1", "run 2", "run 4"]);
  });
});
