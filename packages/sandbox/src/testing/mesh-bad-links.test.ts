import { connectEmulated, type Emulated, endConnections } from "@tilebook/mesh/testing";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { type MeshCell, openMeshCell } from "./mesh-cell.ts";
import { compared, programs } from "./mesh-programs.ts";

const ranks = 4;

describe("programs on a mesh whose links are bad: 20 ms, 1 % loss, 50 Mbit/s", { retry: 1 }, () => {
  let emulated: Emulated;
  let rig: MeshCell;
  // A connection that fails on a busy machine fails one test, which is tried over others.
  beforeEach(async () => {
    emulated = connectEmulated({ ms: 20, jitter: 2, loss: 0.01, mbps: 50 }, 11);
    rig = await openMeshCell(ranks, { connect: emulated.connect });
  });
  afterEach(() => {
    rig.close();
    emulated.close();
  });
  afterAll(endConnections);

  test.each([
    "a product, the inner axis, whole on all",
    "attention around a ring",
    "training, data parallel",
    "training, expert parallel",
  ])("[MP2] %s: one device's values, and the bytes of the formula", async (name) => {
    const program = programs[name]?.(ranks) ?? { run: () => [], bytes: NaN };
    const { off, bytes } = await compared(rig, program);
    expect(bytes).toBe(program.bytes);
    expect(off).toBeLessThan(1e-4);
  });

  test("[MP3] three quarters of a megabyte, added up over all ranks: what was lost on the way has come again", async () => {
    const { cell } = rig;
    const room = await cell.mesh();
    const [x, w] = [cell.random.normal([256, 512], { seed: 1 }), cell.random.normal([512, 128], { seed: 2 })];
    const [columns, rows] = [x.to(room, cell.sbp.split(1)), w.to(room, cell.sbp.split(0))];
    await cell.realize(columns, rows);
    const before = emulated.counts();
    const product = columns.matmul(rows).to(room, cell.sbp.broadcast);
    const { bytes } = await room.measure(() => cell.realize(product));
    const after = emulated.counts();
    expect(bytes).toBe(2 * (ranks - 1) * 256 * 128 * 4);
    // All of it went through the emulator, in datagrams of at most 1,300 bytes, of which it did lose some.
    expect(after.passed - before.passed).toBeGreaterThan(bytes / 1_300);
    expect(after.dropped).toBeGreaterThan(before.dropped);
    const { nmse } = await cell.compare(product, x.matmul(w));
    expect(nmse).toBeLessThan(1e-10);
  });
});
