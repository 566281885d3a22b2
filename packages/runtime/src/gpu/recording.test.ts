import { describe, expect, test } from "vitest";
import { gather, scale } from "../testing/kernels.ts";
import { buffer, over, program, scaled } from "../testing/programs.ts";
import { UniformArena } from "./arena.ts";
import { recordingOf } from "./recording.ts";
import type { Work } from "./slicer.ts";

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("a recording", () => {
  test("[C1] is made once for a program", () => {
    const once = scaled("x", 100, 3);
    expect(recordingOf(once)).toBe(recordingOf(once));
    expect(recordingOf({ ...once })).not.toBe(recordingOf(once));
  });

  test("[C2] of what cannot run is refused, each time", () => {
    const wrong = program([buffer(4, "input", { tensor: "x" })], [scale], [over(4, 0, [0, 0], 1)], []);
    for (let turn = 0; turn < 2; turn++)
      expect(() => recordingOf(wrong)).toThrow(expect.objectContaining({ code: "executor/writes-input" }));
  });

  test("[C3] knows the lives of buffers, the launches of each kernel, and what a submit is about", () => {
    const buffers = [
      buffer(4, "input", { tensor: "x" }),
      buffer(4, "temporary"),
      buffer(4, "output", { zeroed: true }),
    ];
    const span = { source: "c1", start: 3, end: 5 };
    const steps = [{ ...over(4, 0, [0, 1], 2), span }, over(4, 1, [1, 2])];
    const { dispatches, made, timings, blame } = recordingOf(
      program(buffers, [scale, gather], steps, [2, 0]),
    );
    expect(dispatches.map(({ ends }) => ends)).toEqual([[], [1]]);
    expect(made.map(({ index, kept }) => [index, kept])).toEqual([[2, true]]);
    expect(timings.map(({ kernel, dispatches: count }) => [kernel, count])).toEqual([
      [scale.key, 1],
      [gather.key, 1],
    ]);
    expect(blame).toEqual({ name: "the kernels scale, gather", span });
  });

  test("[C4] has the uniform blocks ready but for which programs are to run", () => {
    const [dispatch] = recordingOf(scaled("x", 1000, 0.5)).dispatches;
    const arena = new UniformArena(1024);
    const block = dispatch?.block ?? new Uint8Array();
    expect(arena.pushPiece(block, scale.uniforms, { base: 0, count: 5 })).toBe(0);
    expect(arena.pushPiece(block, scale.uniforms, { base: 5, count: 11 })).toBe(256);
    const read = (at: number): number[] => {
      const view = new DataView(arena.written.buffer, at);
      const words = Array.from({ length: 6 }, (_, word) => view.getUint32(word * 4, true));
      return [...words, view.getFloat32(24, true)];
    };
    expect(read(0)).toEqual([16, 1, 1, 0, 5, 1000, 0.5]);
    expect(read(256)).toEqual([16, 1, 1, 5, 16, 1000, 0.5]);
  });

  test("[C6] of the same launches over other tensors and numbers it is what recording anew gives; other launches are recorded", () => {
    const one = program(
      [buffer(4, "input", { tensor: "x" }), buffer(4, "temporary"), buffer(4, "output")],
      [scale, gather],
      [over(4, 0, [0, 1], 2), over(4, 1, [1, 2])],
      [2],
    );
    recordingOf(one);
    const [first, second] = one.dispatches;
    if (first === undefined || second === undefined) throw new Error("there are two");
    const scalars = first.scalars.map((value) => value + 1);
    const other = {
      ...one,
      buffers: one.buffers.map((each) => (each.tensor === undefined ? each : { ...each, tensor: "y" })),
      dispatches: [{ ...first, scalars }, second],
    };
    expect(plain(recordingOf(other))).toEqual(plain(recordingOf({ ...other, kernels: [...one.kernels] })));
    const shorter = { ...one, dispatches: [first], buffers: one.buffers };
    expect(recordingOf(shorter).dispatches.length).toBe(1);
    const wrong = {
      ...one,
      buffers: one.buffers.map((each) => ({ ...each, role: "input" as const, tensor: "z" })),
    };
    expect(() => recordingOf(wrong)).toThrow(expect.objectContaining({ code: "executor/writes-input" }));
  });

  test("[C5] programs of one kernel with other whole numbers are estimated apart, by the turns of their loops", () => {
    const looping = { ...scale, turns: ([n = 0]: readonly number[]) => 2 * n };
    const workOf = (n: number, factor: number): Work | undefined =>
      recordingOf({ ...scaled("x", n, factor), kernels: [looping] }).work[0];
    expect(workOf(100, 2)?.key).toBe(workOf(100, 3)?.key);
    expect(workOf(100, 2)?.key).not.toBe(workOf(101, 2)?.key);
    expect(workOf(101, 2)?.family?.turns()).toBe(202);
    expect(recordingOf(scaled("x", 4, 2)).work[0]?.family?.turns()).toBe(Infinity);
  });
});
