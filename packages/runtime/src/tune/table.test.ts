import { describe, expect, test } from "vitest";
import { portableTarget } from "@tilebook/compiler";
import { array, assert, boolean, constantFrom, double, property, record, string } from "fast-check";
import { deviceClass, TuningTable } from "./table.ts";
import { candidateStatuses, type KernelTuning } from "./tuning.ts";

const tuning: KernelTuning = {
  key: "matmul f32 f32 6x 6x 6x 0",
  kernel: "matmul",
  winner: '{"blocks":{"m":16}}',
  clock: "gpu",
  complete: true,
  candidates: [
    { config: "{}", status: "measured", milliseconds: 2, samples: [2, 2], registers: 12, wgslBytes: 900 },
    { config: '{"blocks":{"m":16}}', status: "wrong", reason: "its normalised error is 1e-2" },
  ],
};

const report = { kind: "gpu", name: "a b", features: ["f"], limits: { x: 1 }, timestamps: true } as const;

describe("a table of what was measured", () => {
  test("[U20] comes back from its text as it was", () => {
    const table = new TuningTable("here");
    table.put(tuning);
    const again = new TuningTable("here");
    again.read(table.text());
    expect(again.get(tuning.key)).toEqual(tuning);
    expect(again.size).toBe(1);
  });

  test("[U21] any tuning does", () => {
    const text = string({ maxLength: 50 });
    const candidate = record(
      {
        config: text,
        status: constantFrom(...candidateStatuses),
        milliseconds: double({ noNaN: true, min: 0, max: 1e6 }).map((ms) => ms + 0),
        reason: text,
      },
      { requiredKeys: ["config", "status"] },
    );
    const any = record({
      key: text,
      kernel: text,
      winner: text,
      clock: constantFrom("gpu" as const, "wall" as const),
      complete: boolean(),
      candidates: array(candidate, { maxLength: 5 }),
    });
    assert(
      property(any, (made) => {
        const [table, again] = [new TuningTable("here"), new TuningTable("here")];
        table.put(made);
        again.read(table.text());
        expect(again.get(made.key)).toEqual(made);
      }),
    );
  });

  test("[U22] of another device, or malformed, is not read at all", () => {
    const table = new TuningTable("here");
    const other = new TuningTable("there");
    other.put(tuning);
    expect(() => table.read(other.text())).toThrow(expect.objectContaining({ code: "tune/other-device" }));
    const hostile = [
      "",
      "{",
      "[]",
      '{"version":2,"device":"here","kernels":[]}',
      JSON.stringify({ version: 1, device: "here", kernels: [{ ...tuning, winner: { toString: 1 } }] }),
      JSON.stringify({
        version: 1,
        device: "here",
        kernels: [{ ...tuning, candidates: Array.from({ length: 300 }, () => ({})) }],
      }),
      JSON.stringify({ version: 1, device: "here", kernels: Array.from({ length: 257 }, () => tuning) }),
      JSON.stringify({ version: 1, device: "here", kernels: [tuning, { ...tuning, clock: "sun" }] }),
      " ".repeat(5 << 20),
    ];
    for (const text of hostile)
      expect(() => table.read(text)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^decode\//) as string }),
      );
    expect(table.size).toBe(0);
  });

  test("[U23] adapters, features, limits and targets are told apart", () => {
    const names = [
      deviceClass(report, portableTarget),
      deviceClass({ ...report, name: "a c" }, portableTarget),
      deviceClass({ ...report, features: ["f", "g"] }, portableTarget),
      deviceClass({ ...report, limits: { x: 2 } }, portableTarget),
      deviceClass(report, { ...portableTarget, subgroup: 4 }),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(deviceClass({ ...report }, portableTarget)).toBe(names[0]);
  });
});
