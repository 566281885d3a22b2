import { describe, expect, test } from "vitest";
import { itBehavesLikeAnExecutor } from "../testing/contract.ts";
import { f32Bytes, scaled } from "../testing/programs.ts";
import { openInterpreter } from "./open-interpreter.ts";

itBehavesLikeAnExecutor("the interpreter", (budgetBytes) =>
  Promise.resolve(openInterpreter({ budgetBytes })),
);

describe("the interpreter as an executor", () => {
  test("[I1] says that it is one, and why", () => {
    const report = openInterpreter({ budgetBytes: 1024, reason: "this browser has no WebGPU" }).report();
    expect(report).toMatchObject({ kind: "interpreter", reason: "this browser has no WebGPU" });
  });

  test("[I2] timers go off during a run, and can stop it", async () => {
    const executor = openInterpreter({ budgetBytes: 1 << 24 });
    const n = 1 << 20;
    const x = executor.upload(new Uint8Array(n * 4), { dtype: "f32", shape: [n] });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 1);
    await expect(executor.run(scaled(x, n, 2), stop.signal)).rejects.toMatchObject({
      code: "executor/interrupted",
    });
    expect(executor.memory()).toMatchObject({ tensors: 1, liveBytes: n * 4 });
  });

  test("[I3] products are rounded to f32", async () => {
    const executor = openInterpreter({ budgetBytes: 1024 });
    const x = executor.upload(f32Bytes([0.1]), { dtype: "f32", shape: [1] });
    const { outputs } = await executor.run(scaled(x, 1, 0.3));
    const [value] = new Float32Array((await executor.read(outputs[0] ?? "")).slice().buffer);
    expect(value).toBe(Math.fround(Math.fround(0.1) * Math.fround(0.3)));
  });
});
