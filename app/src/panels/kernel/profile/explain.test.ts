import type { DeviceSpeed } from "@tilebook/runtime";
import type { LaunchProfile } from "@tilebook/sandbox";
import { describe, expect, test } from "vitest";
import { explain, type Reason } from "./explain.ts";
import { summaryOf } from "./summary.ts";

/** Chromium on SwiftShader, two cores that had other work too. */
const software: DeviceSpeed = {
  gflops: 4.59,
  gigabytesPerSecond: 1.12,
  launchMs: 0.009,
  programMs: 0.00118,
  meetingMs: 0.00065,
  barrierMs: 0.0000693,
  fullPrograms: 4,
};

/** A graphics card in round numbers. */
const card: DeviceSpeed = {
  gflops: 20_000,
  gigabytesPerSecond: 800,
  launchMs: 0.003,
  programMs: 0.000_000_5,
  meetingMs: 0,
  barrierMs: 0.000_000_000_02,
  fullPrograms: 512,
};

type Launch = Pick<LaunchProfile, "grid" | "threads" | "work" | "buffers"> & {
  readonly ms: number;
  readonly counts?: Readonly<Record<string, number>>;
};

function reasons({ ms, counts = {}, ...launch }: Launch, speed = software): readonly Reason[] {
  const profile: LaunchProfile = {
    ...launch,
    kind: "measured",
    kernel: "key",
    name: "k",
    launch: 0,
    samples: [ms],
    repeats: 1,
    clock: "gpu",
    fresh: false,
    scalars: [],
  };
  const summary = summaryOf(profile, speed);
  if (summary === undefined) throw new Error("nothing was measured");
  return explain({ profile, summary, counts, speed });
}

const kinds = (found: readonly Reason[]): readonly string[] => found.map(({ kind }) => kind);

/** z = x + y on 2^20 numbers, 1,024 to a program. */
const add: Launch = {
  ms: 10.1,
  grid: [1024, 1, 1],
  threads: 64,
  work: { flops: 1 << 20, bytesRead: 1 << 23, bytesWritten: 1 << 22, exact: true },
  buffers: { read: 1 << 23, written: 1 << 22 },
};

/** 256 x 256 by 256 x 256, in blocks of 64 x 64. */
const product: Launch = {
  ms: 34,
  grid: [4, 4, 1],
  threads: 64,
  work: { flops: 34_603_008, bytesRead: 1 << 21, bytesWritten: 1 << 18, exact: true },
  buffers: { read: 1 << 19, written: 1 << 18 },
  counts: { flops: 135_168, barriers: 0, registers: 100 },
};

const holding = (registers: number): Reason | undefined =>
  reasons({ ...product, counts: { registers } }).find(({ kind }) => kind === "registers");

describe("why a launch takes so long", () => {
  test("[E1] memory: what moves its bytes about as fast as a copy has nothing to gain but fewer bytes", () => {
    const [first] = reasons(add);
    expect(first?.kind).toBe("memory");
    expect(first?.says).toContain("faster than a copy");
    expect(reasons({ ...add, ms: 14 })[0]?.says).toContain("at 80 % of what a copy reaches here");
    expect(first?.try).toContain("fewer bytes");
    // The sum of 256 rows, as measured.
    const sum: Launch = {
      ms: 0.225,
      grid: [4, 1, 1],
      threads: 64,
      work: { flops: 65_536, bytesRead: 262_144, bytesWritten: 1024, exact: true },
      buffers: { read: 262_144, written: 1024 },
    };
    expect(kinds(reasons(sum))).toEqual(["memory"]);
    expect(reasons(sum)[0]?.says).toContain("at 104 %");
  });

  test("[E2] arithmetic: what does its operations about as fast as multiply-adds go needs fewer of them", () => {
    const fast = reasons({ ...product, ms: 10 });
    expect(kinds(fast)).toEqual(["arithmetic"]);
    expect(fast[0]?.says).toContain("at 75 % of the multiply-adds");
  });

  test("[E3] what nothing counted explains is said to be that", () => {
    const slow = reasons(product);
    expect(kinds(slow)).toEqual(["unexplained"]);
    expect(slow[0]?.says).toContain("22 % of this device’s arithmetic and 2.1 % of its memory");
  });

  test("[E4] programs: fewer of them than keep the device busy", () => {
    const one = { ...product, ms: 60, grid: [1, 1, 1] };
    expect(reasons(one)[0]).toMatchObject({ kind: "programs", weight: 0.75 });
    expect(reasons(one)[0]?.says).toMatch(/1 program, and about 4 at once/);
    expect(kinds(reasons({ ...one, grid: [4, 1, 1] }))).not.toContain("programs");
    // The same sixteen programs that fill two cores leave a card idle.
    expect(kinds(reasons({ ...product, ms: 1 }, card))).toContain("programs");
  });

  test("[E5] masked: a block of 1,024 over 100 numbers", () => {
    const small: Launch = {
      ms: 0.253,
      grid: [1, 1, 1],
      threads: 64,
      work: { flops: 1024, bytesRead: 8192, bytesWritten: 4096, exact: true },
      buffers: { read: 1 << 23, written: 400 },
    };
    const masked = reasons(small).find(({ kind }) => kind === "masked");
    expect(masked?.says).toContain("10.2 times the elements");
    expect(masked?.says).toContain("up to 90 %");
    expect(kinds(reasons(add))).not.toContain("masked");
  });

  test("[E6] starting: 65,536 programs with one number each", () => {
    const naive: Launch = { ...product, ms: 160, grid: [256, 256, 1] };
    const starting = reasons(naive).find(({ kind }) => kind === "starting");
    expect(starting?.says).toBe("Starting its 65,536 programs takes about 48 % of its time.");
    expect(kinds(reasons(product))).not.toContain("starting");
  });

  test("[E7] launch: hardly more than an empty one takes", () => {
    const tiny: Launch = {
      ...add,
      ms: 0.02,
      grid: [4, 1, 1],
      work: { ...add.work, flops: 4, bytesRead: 64, bytesWritten: 64 },
    };
    expect(reasons(tiny)[0]).toMatchObject({ kind: "launch" });
    expect(reasons(tiny)[0]?.says).toContain(
      "takes 9 µs here, and this one 20 µs: about 45 % of that is starting",
    );
  });

  test("[E8] rereads: the same bytes again and again", () => {
    const reading = { ...product, ms: 160, work: { ...product.work, bytesRead: 1 << 27 } };
    const again = reasons(reading).find(({ kind }) => kind === "rereads");
    expect(again?.says).toContain(
      "asks for 128 MB, but its buffers hold 768 kB: each byte comes about 171 times",
    );
    expect(kinds(reasons(product))).not.toContain("rereads");
  });

  test("[E9] barriers: as dear as they were measured to be, as often as the loops go", () => {
    // 16 turns with two barriers: 16 programs of 64 threads meet 32 times.
    const meeting = { ...product, ms: 10, counts: { flops: 135_168, barriers: 2, registers: 40 } };
    const barriers = reasons(meeting).find(({ kind }) => kind === "barriers");
    expect(barriers?.says).toContain("about 32 times a program");
    expect(barriers?.weight).toBeCloseTo((16 * 64 * (software.meetingMs + 32 * software.barrierMs)) / 10);
    // The ladder's first rung, as measured: each program folds one row with 32 threads that meet once.
    const naive: Launch = {
      ms: 305,
      grid: [128, 128, 1],
      threads: 32,
      work: { flops: 5_242_880, bytesRead: 1 << 24, bytesWritten: 1 << 16, exact: true },
      buffers: { read: 1 << 17, written: 1 << 16 },
      counts: { flops: 320, barriers: 1, registers: 7 },
    };
    expect(kinds(reasons(naive))).toEqual(["barriers"]);
    expect(reasons(naive)[0]?.says).toContain(
      "about 1 time a program: on this device that is most of its time",
    );
    // On a card they cost next to nothing.
    expect(kinds(reasons(meeting, card))).not.toContain("barriers");
  });

  test("[E10] registers: many leave room for few programs, too many spill", () => {
    expect(holding(128)).toBeUndefined();
    expect(holding(200)?.says).toContain("few programs fit");
    expect(holding(300)?.says).toContain("live in memory");
  });

  test("[E11] the weightiest comes first, and each says what to try in one sentence", () => {
    const all = reasons({ ...product, ms: 160, grid: [1, 1, 1], counts: { registers: 300 } });
    expect(all.length).toBeGreaterThan(1);
    expect(all.map(({ weight }) => weight)).toEqual(
      all.map(({ weight }) => weight).toSorted((a, b) => b - a),
    );
    for (const { try: advice } of all) expect(advice).toMatch(/^[A-Z].*[^.]\.$/);
  });
});
