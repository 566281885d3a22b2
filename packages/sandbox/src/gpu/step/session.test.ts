import { decode, realClock } from "@tilebook/base";
import { printTileLines, readTile, walkOps } from "@tilebook/ir";
import { randomKernel } from "@tilebook/ir/testing";
import { lowerKernel } from "@tilebook/lang";

import { assert, nat, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { aStepAnswer } from "../../protocol/step.ts";
import { type ProgramPlace, type StepTarget, type StepView, touched } from "../../step.ts";
import type { StepBufferData } from "./launch.ts";
import { placesOf } from "./op-places.ts";
import { Pace } from "./pace.ts";
import { StepSession } from "./session.ts";

const buffer = (values: readonly number[], fresh = false): StepBufferData => ({
  values: Float64Array.from(values),
  shape: [values.length],
  dtype: "f32",
  fresh,
});

interface Given {
  readonly text: string;
  readonly grid?: ProgramPlace;
  readonly buffers: readonly StepBufferData[];
  readonly scalars?: readonly number[];
}

/** A session over one kernel, with the ops by the text of their lines. */
class Steps {
  readonly session: StepSession;
  readonly lines: readonly string[];
  readonly opOfLine: readonly (number | undefined)[];
  program: ProgramPlace = [0, 0, 0];

  constructor({ text, grid = [1, 1, 1], buffers, scalars = [] }: Given) {
    const kernel = lowerKernel({ source: "k", text, kernel: "k0", captured: {} });
    this.session = new StepSession({ launch: { kernel, grid, buffers, scalars }, clock: realClock });
    const opening = this.session.opening();
    this.lines = opening.text.split("\n");
    this.opOfLine = opening.lines.map(({ op }) => op);
  }

  async go(to: StepTarget, program = this.program): Promise<StepView> {
    this.program = program;
    const view = await this.session.go(program, to, new Pace(realClock));
    // As it comes out of the wall.
    return decode(aStepAnswer, view) as StepView;
  }

  /** The line of the next op. */
  next({ next }: StepView): string {
    return this.lines[this.opOfLine.indexOf(next)]?.trim() ?? "";
  }
}

const sum = `const sum = kernel((x: Ptr, y: Ptr, n: i32) => {
  const lane = arange(4);
  let total = zeros([4]);
  for (const start of range(0, 12, 4)) {
    const piece = load(x + start + lane, start + lane < n, -1);
    total = total + piece;
  }
  store(y + programId(0) * 4 + lane, total);
});`;

const steps = (): Steps =>
  new Steps({
    text: sum,
    grid: [2, 1, 1],
    buffers: [buffer([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), buffer(Array(8).fill(0), true)],
    scalars: [10],
  });

const valueOf = (view: StepView, label: string) => view.values.findLast((value) => value.label === label);

describe("where ops stand in the text", () => {
  test("[W1] each op's line has its own text, in random kernels of every op", () => {
    assert(
      property(nat(100_000), (seed) => {
        const kernel = randomKernel(seed);
        const { lines } = placesOf(kernel);
        const printed = printTileLines(kernel).text.split("\n");
        walkOps(kernel.body, (op) => {
          const line = printed[lines[placesOf(kernel).numberOf(op) ?? -1] ?? -1] ?? "";
          const word = "op" in op && op.kind !== "atomic" && op.kind !== "reduce" ? op.op : op.kind;
          expect(line).toMatch(new RegExp(`(^|= |^ *)${word}\\b`));
        });
      }),
      { numRuns: 200 },
    );
  });
});

describe("stepping through a program", () => {
  test("[S1] goes forward op by op and shows what there is, then to the end", async () => {
    const at = steps();
    let view = await at.go({ kind: "position", position: 0 });
    expect(at.next(view)).toContain("arange 0 4");
    expect(view.values.map(({ label }) => label)).toEqual(["n"]);
    view = await at.go({ kind: "position", position: 1 });
    const lane = view.values.at(-1);
    expect([...(lane?.sample ?? [])]).toEqual([0, 1, 2, 3]);
    expect(view.written).toEqual([lane?.value]);
    view = await at.go({ kind: "end" });
    expect(view).toMatchObject({ ended: true });
    expect(view.trap).toBeUndefined();
  });

  test("[S2] turns of the loop: index, carried values, what the mask hides; and back", async () => {
    const at = steps();
    const first = at.opOfLine.find((op, line) => op !== undefined && /for %start/.test(at.lines[line] ?? ""));
    await at.go({ kind: "ops", ops: [first ?? -1] });
    const starts: unknown[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const view = await at.go({ kind: "turn" });
      starts.push([valueOf(view, "start")?.sample[0], [...(valueOf(view, "total")?.sample ?? [])]]);
    }
    expect(starts).toEqual([
      [0, [0, 0, 0, 0]],
      [4, [1, 2, 3, 4]],
      [8, [6, 8, 10, 12]],
    ]);
    const add = at.opOfLine.find((_, line) => /= add %total/.test(at.lines[line] ?? ""));
    const view = await at.go({ kind: "ops", ops: [add ?? -1] });
    const piece = valueOf(view, "piece");
    expect([...(piece?.sample ?? [])]).toEqual([9, 10, -1, -1]);
    expect([...(piece?.hidden ?? [])]).toEqual([0, 0, 1, 1]);
    expect(view.reads).toContain(piece?.value);
    const out = await at.go({ kind: "turn" });
    expect(valueOf(out, "start")).toBeUndefined();
    expect([...(valueOf(out, "total")?.sample ?? [])]).toEqual([15, 18, 9, 11]);
    const back = await at.go({ kind: "position", position: view.position });
    expect(back).toEqual(view);
  });

  test("[S3] memory: what was loaded and stored, and what is next", async () => {
    const at = steps();
    const program = [1, 0, 0] as const;
    await at.go({ kind: "position", position: 0 }, program);
    const store = at.opOfLine.find((_, line) => /^ *store/.test(at.lines[line] ?? ""));
    const view = await at.go({ kind: "ops", ops: [store ?? -1] });
    const [x, y] = view.buffers;
    expect(x).toMatchObject({ loaded: 10, stored: 0 });
    expect(y).toMatchObject({ loaded: 0, stored: 0, next: { how: "store", elements: 4 }, focus: 4 });
    expect([...(y?.strip ?? [])]).toEqual([0, 0, 0, 0, ...Array(4).fill(touched.nextStores)]);
    const window = at.session.buffer(y?.value ?? -1, 0, 0);
    expect(decode(aStepAnswer, window)).toEqual(window);
    expect([...(window.flags ?? [])]).toEqual([0, 0, 0, 0, ...Array(4).fill(touched.nextStores)]);
    const after = await at.go({ kind: "end" });
    expect(after.buffers[1]).toMatchObject({ stored: 4 });
    expect([...at.session.buffer(y?.value ?? -1, 0, 0).values]).toEqual([0, 0, 0, 0, 15, 18, 9, 11]);
    // Another program begins with the buffers as they were.
    await at.go({ kind: "position", position: 0 }, [0, 0, 0]);
    expect([...at.session.buffer(y?.value ?? -1, 0, 0).values]).toEqual(Array(8).fill(0));
  });

  test("[S4] whole tiles can be asked for; values that are not there are faults", async () => {
    const at = steps();
    const view = await at.go({ kind: "end" });
    const total = valueOf(view, "total");
    const tile = at.session.tile(total?.value ?? -1);
    expect(decode(aStepAnswer, tile)).toEqual(tile);
    expect(tile).toMatchObject({ rows: 1, columns: 4, height: 1, width: 4 });
    expect([...tile.values]).toEqual([15, 18, 9, 11]);
    expect(() => at.session.tile(999)).toThrow(expect.objectContaining({ code: "step/value" }));
  });

  test("[S5] stops at traps: out of bounds before the op, NaN and uninitialised loads after it", async () => {
    const bad = sum.replace("start + lane < n, -1", "start + lane < 12");
    const at = new Steps({
      text: bad,
      buffers: [buffer([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), buffer([0, 0, 0, 0])],
      scalars: [10],
    });
    const view = await at.go({ kind: "end" });
    expect(view.trap).toMatchObject({ fault: { code: "tile/bounds" }, lane: 2 });
    expect(at.next(view)).toContain("load");
    expect(view.trap?.op).toBe(view.next);
    const nan = new Steps({
      text: `const root = kernel((x: Ptr, y: Ptr) => {
  const i = arange(4);
  store(y + i, sqrt(load(x + i)));
});`,
      buffers: [buffer([1, -1, 4, -4]), buffer([0, 0, 0, 0], true)],
    });
    const stopped = await nan.go({ kind: "end" });
    expect(stopped.trap).toMatchObject({ fault: { code: "tile/nan" }, lane: 1 });
    expect(stopped.trap?.values).toEqual(stopped.written);
    // And goes on from there.
    expect(await nan.go({ kind: "end" })).toMatchObject({ ended: true });
    const early = new Steps({
      text: `const early = kernel((y: Ptr) => {
  const i = arange(4);
  store(y + i, load(y + i) + 1);
});`,
      buffers: [buffer([0, 0, 0, 0], true)],
    });
    expect((await early.go({ kind: "end" })).trap).toMatchObject({
      fault: { code: "tile/uninitialised" },
      lane: 0,
    });
  });

  test("[S6] prints are heard; a failed assert marks its element", async () => {
    const at = new Steps({
      text: `const talk = kernel((y: Ptr) => {
  const i = arange(4);
  print("places", i);
  assert(i < 3, "small");
  store(y + i, i.to("f32"));
});`,
      buffers: [buffer([0, 0, 0, 0], true)],
    });
    const view = await at.go({ kind: "end" });
    expect(view.printed).toEqual([
      { text: "places", elements: [0, 1, 2, 3].map((place) => ({ place, value: place })) },
    ]);
    expect(view.trap).toMatchObject({ fault: { code: "kernel/assert" }, lane: 3 });
  });

  test("[S7] a stop ends a long way where it is", async () => {
    const kernel = readTile(
      `kernel long(%y.0: ptr<f32, write>) {
  %1: i32 = const 0
  %2: i32 = const 2000000000
  %9: f32[1024] = arange 0 1024
  for %i.3 = %1 to %2 step 1 {
    %4: i32 = const 1
  }
}`.replace("%9: f32[1024] = arange 0 1024\n", ""),
    );
    const session = new StepSession({
      launch: { kernel, grid: [1, 1, 1], buffers: [buffer([0], true)], scalars: [] },
      clock: realClock,
    });
    const pace = new Pace(realClock);
    setTimeout(() => pace.stop(), 30);
    const view = await session.go([0, 0, 0], { kind: "end" }, pace);
    expect(view.ended).toBe(false);
    expect(view.position).toBeGreaterThan(100);
  });
});

describe("where one can go", () => {
  test("[S8] outside of loops, the next turn is the first of the next loop; after the last there is the end", async () => {
    const at = steps();
    const view = await at.go({ kind: "turn" });
    expect(at.next(view)).toContain("broadcast %start");
    expect([...(valueOf(view, "start")?.sample ?? [])]).toEqual([0]);
    const store = at.opOfLine.find((_, line) => /^ *store/.test(at.lines[line] ?? ""));
    await at.go({ kind: "ops", ops: [store ?? -1] });
    expect(await at.go({ kind: "turn" })).toMatchObject({ ended: true });
  });

  test("[S9] a line that is not ahead any more is gone to from the start", async () => {
    const at = steps();
    const first = await at.go({ kind: "position", position: 0 });
    const load = at.opOfLine.find((_, line) => /= load/.test(at.lines[line] ?? ""));
    const there = await at.go({ kind: "ops", ops: [load ?? -1] });
    await at.go({ kind: "end" });
    expect(await at.go({ kind: "ops", ops: [load ?? -1] })).toEqual(there);
    await at.go({ kind: "ops", ops: [at.opOfLine.findLast((op) => op !== undefined) ?? -1] });
    expect(await at.go({ kind: "ops", ops: [first.next ?? -1] })).toEqual(first);
    // What no program comes to is not found from the start either.
    expect(await at.go({ kind: "ops", ops: [] })).toMatchObject({ ended: true });
  });
});

const progress = (): undefined => undefined;

describe("all programs of a launch", () => {
  const racing = new Steps({
    text: `const racing = kernel((x: Ptr, y: Ptr, n: i32) => {
  const i = programId(0) * 2 + arange(4);
  store(y + i, load(x + i, i < n));
});`,
    grid: [3, 1, 1],
    buffers: [buffer([0, 1, 2, 3, 4, 5, 6, 7]), buffer(Array(7).fill(0), true)],
    scalars: [8],
  });
  test("[T1] finds races and traps, with the program and the step", async () => {
    const { findings, programs } = await racing.session.look(new Pace(realClock), progress);
    expect(programs).toBe(3);
    expect(findings.map(({ fault, program, lane }) => [fault.code, program, lane])).toEqual([
      ["tile/race", [1, 0, 0], 0],
      ["tile/bounds", [2, 0, 0], 3],
    ]);
    const [, bounds] = findings;
    const place = { kind: "position", position: (bounds?.position ?? 0) + 1 } as const;
    expect((await racing.go(place, bounds?.program)).trap).toMatchObject({ fault: bounds?.fault });
  });

  test("[T2] says who wrote an element last", async () => {
    const y = racing.session.opening().buffers[1]?.value ?? -1;
    const writer = (element: number) =>
      racing.session.writer({ value: y, element }, new Pace(realClock), progress);
    expect((await writer(1))?.program).toEqual([0, 0, 0]);
    expect((await writer(2))?.program).toEqual([1, 0, 0]);
    const place = await writer(4);
    expect(place?.program).toEqual([2, 0, 0]);
    const view = await racing.go({ kind: "position", position: place?.position ?? 0 }, place?.program);
    expect(racing.next(view)).toMatch(/^store/);
  });
});
