import { compileKernel, portableTarget, type ProgramBuffer } from "@tilebook/compiler";
import { expect, test } from "vitest";
import { lower } from "../cell/lower.ts";
import { outsideAtLaunch } from "./launch-bounds.ts";

const text = `const copy = kernel((x: Ptr, y: Ptr, gap: i32) => {
  const at = programId(0) * gap + arange(16);
  store(y + at, load(x + at));
});`;
const copy = compileKernel(lower({ source: "k", text, kernel: "k0" }, {}, {}), portableTarget);

function buffer(elements: number): ProgramBuffer {
  return { type: { dtype: "f32", shape: [elements] }, bytes: 4 * elements, role: "input", zeroed: false };
}

function said(programs: number, gap: number, sizes: readonly [number, number]): readonly string[] {
  const buffers = copy.bindings.map(({ name }) => buffer(sizes[name === "x" ? 0 : 1]));
  const dispatch = { kernel: 0, grid: [programs, 1, 1], scalars: [gap], buffers: [0, 1] } as const;
  return outsideAtLaunch(copy, { buffers }, dispatch).map(({ code, message, span }) => {
    expect([code, span?.source]).toEqual(["kernel/bounds", "k"]);
    return message;
  });
}

test("[R2] a launch that leaves its buffers is told, with its numbers", () => {
  expect(said(4, 16, [64, 64])).toEqual([]);
  expect(said(4, 16, [64, 60])).toEqual(["this launch writes outside of `y`: element 63, but it has 60"]);
  expect(said(4, 20, [64, 100])).toEqual(["this launch reads outside of `x`: element 75, but it has 64"]);
});
