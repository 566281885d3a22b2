import { describe, expect, test } from "vitest";
import { UniformArena } from "./arena.ts";

const fields = [
  { name: "base", dtype: "u32", offset: 0 },
  { name: "scale", dtype: "f32", offset: 4 },
  { name: "delta", dtype: "i32", offset: 8 },
  { name: "causal", dtype: "bool", offset: 12 },
] as const;

describe("UniformArena", () => {
  test("[A1] writes each field by its dtype, blocks at multiples of 256", () => {
    const arena = new UniformArena(1024);
    expect(arena.push(fields, [7, 0.5, -3, 2], 16)).toBe(0);
    expect(arena.push(fields, [8, 0.25, 4, 0], 16)).toBe(256);
    const view = new DataView(arena.written.buffer);
    expect([
      view.getUint32(0, true),
      view.getFloat32(4, true),
      view.getInt32(8, true),
      view.getUint32(12, true),
    ]).toEqual([7, 0.5, -3, 1]);
    expect(view.getUint32(256, true)).toBe(8);
    expect(arena.written.length).toBe(512);
  });

  test("[A2] knows when it is full and starts over after reset, without old values", () => {
    const arena = new UniformArena(512);
    arena.push(fields, [1, 1, 1, 1], 300);
    expect(arena.fits(4)).toBe(false);
    arena.reset();
    expect(arena.fits(4)).toBe(true);
    arena.push([], [], 16);
    expect(arena.written.every((byte) => byte === 0)).toBe(true);
  });
});
