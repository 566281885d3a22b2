import { portableTarget } from "@tilebook/compiler";
import type { Graph } from "@tilebook/ir";
import { openInterpreter } from "@tilebook/runtime";
import { afterAll, describe, expect, test } from "vitest";
import { at, broadcast, split } from "../sbp/sbp.ts";
import { endConnections, openConnection } from "../testing/web-rtc.ts";
import { executorDevice } from "./device.ts";
import { rehearse, type Rehearsal } from "./rehearsal.ts";

const floats = (values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

function openRehearsal(count: number, connection = openConnection): Promise<Rehearsal> {
  const executor = openInterpreter({ budgetBytes: 2 ** 26, reason: "test" });
  return rehearse(count, {
    device: executorDevice(executor, portableTarget),
    budgetBytes: 2 ** 24,
    connection,
  });
}

/** The sum of a vector. */
function total(name: string, size: number): Graph {
  return {
    nodes: [
      { kind: "input", tensor: name, type: { dtype: "f32", shape: [size] } },
      { kind: "reduce", op: "sum", input: 0, axis: 0, type: { dtype: "f32", shape: [1] } },
    ],
    kernels: [],
    outputs: [1],
  };
}

describe("a rehearsal", { retry: 1 }, () => {
  afterAll(endConnections);

  test("[RH1] three ranks in one process compute together over real connections, and count what moved", async () => {
    const stage = await openRehearsal(3);
    const { group } = stage;
    const x = await group.put(floats([1, 2, 3, 4, 5, 6]), { dtype: "f32", shape: [6] }, split(0));
    const [sum] = await group.compute(total(x.name, 6), new Map([[x.name, x]]), { outputs: [broadcast] });
    expect(sum && new Float32Array((await group.get(sum)).slice().buffer)).toEqual(Float32Array.of(21));
    const { edges, framing } = stage.traffic();
    // All-reduce of one number: 2 (p - 1) T.
    expect(edges.reduce((bytes, { payload }) => bytes + payload, 0)).toBe(2 * 2 * 4);
    expect(framing).toBeGreaterThan(0);
    stage.close();
  });

  test("[RH2] a connection that breaks off is made anew, and what was on its way arrives", async () => {
    const connections: RTCPeerConnection[] = [];
    const stage = await openRehearsal(2, () => {
      const made = openConnection();
      connections.push(made);
      return made;
    });
    stage.slow({ mbps: 40 });
    const type = { dtype: "f32", shape: [500_000] } as const;
    const bytes = floats(Array.from({ length: 500_000 }, (_, index) => index));
    const put = stage.group.put(bytes, type, at(1));
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
    connections[0]?.close();
    const back = await stage.group.get(await put);
    expect(Buffer.compare(back, bytes)).toBe(0);
    expect(connections).toHaveLength(4);
    stage.close();
  });
});
