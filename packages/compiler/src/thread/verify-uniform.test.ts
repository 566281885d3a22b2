import { soundKernel } from "@tilebook/ir/testing";
import { describe, expect, test } from "vitest";
import { lowerToThreads } from "../lower/lower.ts";
import { tilePasses } from "../tile/passes.ts";
import type { Expr, Statement, ThreadKernel } from "./ir.ts";
import { threadPasses } from "./passes.ts";
import { verifyUniform } from "./verify-uniform.ts";

const target = { workgroupBytes: 32768, workgroupInvocations: 256, storageBuffers: 8, f16: false };
const i32 = { scalar: "i32", width: 1 } as const;
const bool = { scalar: "bool", width: 1 } as const;
const barrier: Statement = { kind: "barrier", space: "workgroup" };

function body(left: Expr, inside: readonly Statement[]): ThreadKernel {
  const zero: Expr = { kind: "const", type: i32, value: 0 };
  const condition: Expr = { kind: "binary", type: bool, op: "lt", left, right: zero };
  const branch: Statement = { kind: "if", condition, uniform: true, whenTrue: inside, whenFalse: [] };
  const memories = (["read", "readwrite", "workgroup"] as const).map((space) => ({
    name: space,
    space,
    type: i32,
    length: 4,
  }));
  return {
    name: "k",
    workgroupSize: 4,
    memories,
    uniforms: [],
    speaks: false,
    asserts: false,
    body: [branch],
  };
}

const name = (text: string): Expr => ({ kind: "name", type: i32, name: text });
const read = (memory: string): Expr => ({ kind: "read", type: i32, memory, index: name("n") });

describe("barriers stand in uniform control flow", () => {
  test.each(["tid", "readwrite", "workgroup"])("[U1] a branch on %s holds none", (from) => {
    const kernel = body(from === "tid" ? name(from) : read(from), [barrier]);
    expect(() => verifyUniform(kernel)).toThrow("some threads do not come by");
  });
  test.each(["n", "read"])("[U2] a branch on %s may hold one", (from) => {
    const kernel = body(from === "n" ? name(from) : read(from), [barrier]);
    expect(() => verifyUniform(kernel)).not.toThrow();
  });
  test.each(Array.from({ length: 100 }, (_, seed) => seed))(
    "[U3] random kernel %i, after each pass",
    (seed) => {
      const { kernel } = soundKernel(seed, { messages: false });
      const tiles = tilePasses.reduce((before, pass) => pass.run(before), kernel);
      let threads = lowerToThreads(tiles, target);
      for (const pass of threadPasses) {
        threads = pass.run(threads, target);
        const after = threads;
        expect(() => verifyUniform(after)).not.toThrow();
      }
    },
  );
});
