import { compileGraph, portableTarget } from "@tilebook/compiler";
import { GraphMaker } from "@tilebook/compiler/testing";
import { type Executor, openInterpreter } from "@tilebook/runtime";
import { itBehavesLikeAnExecutor } from "@tilebook/runtime/testing";
import { describe, expect, test, vi } from "vitest";
import { encodeFrame, Kind } from "./frame.ts";
import { remoteExecutor } from "./remote.ts";
import { serveExecutor } from "./serve.ts";
import { portWire } from "./wire.ts";

/** An interpreter on the far side of a real message channel. */
async function openRemote(budgetBytes: number): Promise<Executor> {
  const { port1, port2 } = new MessageChannel();
  serveExecutor(portWire(port1), openInterpreter({ budgetBytes, reason: "test" }), portableTarget);
  return remoteExecutor(portWire(port2));
}

itBehavesLikeAnExecutor("an executor behind a wire", openRemote);

describe("serve", () => {
  test("[M1] names of another peer's tensors mean nothing", async () => {
    const remote = await openRemote(1 << 20);
    await expect(remote.read("r1.0")).rejects.toMatchObject({ code: "executor/unknown-tensor" });
    remote.close();
  });
  test("[M2] twenty frames of noise close the wire; what the peer held is freed", async () => {
    const { port1, port2 } = new MessageChannel();
    const executor = openInterpreter({ budgetBytes: 1 << 20, reason: "test" });
    serveExecutor(portWire(port1), executor, portableTarget);
    const remote = await remoteExecutor(portWire(port2));
    const tensor = remote.upload(new Uint8Array(4), { dtype: "f32", shape: [1] });
    await remote.read(tensor);
    expect(executor.memory().tensors).toBe(1);
    for (let i = 0; i < 20; i++) port2.postMessage(new Uint8Array(30));
    await vi.waitFor(() => expect(executor.memory().tensors).toBe(0), { timeout: 10_000 });
  });
  test("[M4] what is computed by two launches crosses as two dispatches, without the choice among its ways", async () => {
    const remote = await openRemote(1 << 22);
    const numbers = Float32Array.from({ length: 20_000 }, (_, at) => at % 7);
    const tensor = remote.upload(new Uint8Array(numbers.buffer), { dtype: "f32", shape: [20_000] });
    const g = new GraphMaker();
    const graph = g.graph([g.reduce("sum", g.input(tensor, [20_000]), 0)]);
    const program = compileGraph(graph, portableTarget);
    expect(program.dispatches.map(({ choice }) => choice !== undefined)).toEqual([true, false]);
    const { outputs, timings } = await remote.run(program);
    expect(timings.length).toBe(2);
    const bytes = await remote.read(outputs[0] ?? "");
    expect(new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true)).toBe(
      numbers.reduce((sum, value) => sum + value, 0),
    );
    remote.close();
  });
  test("[M3] a program that lies about its buffers is refused by name", async () => {
    const { port1, port2 } = new MessageChannel();
    serveExecutor(portWire(port1), openInterpreter({ budgetBytes: 1 << 20, reason: "test" }), portableTarget);
    const wire = portWire(port2);
    const answer = new Promise<Uint8Array>((resolve) => wire.receive(resolve));
    const buffer = { type: { dtype: "f32", shape: [1e6, 1e6] }, bytes: 4, role: "output", zeroed: true };
    const value = { buffers: [buffer], kernels: [], dispatches: [], outputs: [0] };
    wire.send(encodeFrame({ kind: Kind.run, call: 1, value, body: new Uint8Array(0) }));
    expect(new TextDecoder().decode(await answer)).toContain("smaller than its tensor");
    wire.close();
  });
});
