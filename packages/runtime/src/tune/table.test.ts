import { describe, expect, test } from "vitest";
import { portableTarget } from "@tilebook/compiler";
import { array, assert, boolean, constantFrom, double, property, record, string } from "fast-check";
import { deviceClass, TuningTable } from "./table.ts";
import { candidateStatuses, type KernelTuning } from "./tuning.ts";

const tuning: KernelTuning = {
  key: "matmul f32 f32 6x 6x 6x 0",
  kernel: "matmul",
  winner: "{}",
  clock: "gpu",
  complete: true,
  candidates: [
    { config: "{}", status: "measured", milliseconds: 2, samples: [2, 2], registers: 12, wgslBytes: 900 },
    { config: '{"blocks":{"m":16}}', status: "wrong", reason: "its normalised error is 1e-2" },
  ],
};

const here = { device: "1 here", adapter: "a b", features: ["f"] };
const there = { device: "1 there", adapter: "c d", features: [] };

const report = { kind: "gpu", name: "a b", features: ["f"], limits: { x: 1 }, timestamps: true } as const;

describe("a table of what was measured", () => {
  test("[U20] comes back from its text as it was", () => {
    const table = new TuningTable(here);
    table.put(tuning);
    const again = new TuningTable(here);
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
        const [table, again] = [new TuningTable(here), new TuningTable(here)];
        table.put(made);
        again.read(table.text());
        expect(again.get(made.key)).toEqual(made);
      }),
    );
  });

  test("[U22] of another device, or malformed, is not read at all", () => {
    const table = new TuningTable(here);
    const other = new TuningTable(there);
    other.put(tuning);
    expect(() => table.read(other.text())).toThrow(expect.objectContaining({ code: "tune/other-device" }));
    const hostile = [
      "",
      "{",
      "[]",
      '{"version":2,"device":"1 here","kernels":[]}',
      JSON.stringify({ version: 1, device: "1 here", kernels: [{ ...tuning, winner: { toString: 1 } }] }),
      JSON.stringify({
        version: 1,
        device: "1 here",
        kernels: [{ ...tuning, candidates: Array.from({ length: 300 }, () => ({})) }],
      }),
      JSON.stringify({ version: 1, device: "1 here", kernels: Array.from({ length: 257 }, () => tuning) }),
      JSON.stringify({ version: 1, device: "1 here", kernels: [tuning, { ...tuning, clock: "sun" }] }),
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

function textOf(on: typeof here, ...tunings: readonly KernelTuning[]): string {
  const table = new TuningTable(on);
  tunings.forEach((one) => table.put(one));
  return table.text();
}

describe("tables of others", () => {
  test("[U85] of this class of devices are learned from, with the name of the file, once", () => {
    const table = new TuningTable(here);
    const learned = { adapter: "a b", measured: "here", kernels: 1 };
    expect(table.merge(textOf(here, tuning), "x.json")).toEqual({ ...learned, learned: 1 });
    expect(table.get(tuning.key)).toEqual({ ...tuning, from: "x.json" });
    expect(table.merge(textOf(here, tuning), "y.json")).toEqual({ ...learned, learned: 0 });
    expect(table.get(tuning.key)?.from).toBe("x.json");
  });

  test("[U86] of others choose nothing; their winners are kept beside, and go on with the table", () => {
    const table = new TuningTable(here);
    const came = { adapter: "c d", measured: "elsewhere", kernels: 1, learned: 1 };
    expect(table.merge(textOf(there, tuning), "x.json")).toEqual(came);
    expect(table.size).toBe(0);
    const won = { device: "1 there", adapter: "c d", key: tuning.key, config: "{}", milliseconds: 2 };
    expect(table.elsewhere(tuning.key)).toEqual([won]);
    const [again, third] = [new TuningTable(here), new TuningTable({ ...there, device: "1 third" })];
    again.read(table.text());
    expect(again.elsewhere(tuning.key)).toEqual([won]);
    third.merge(table.text(), "y.json");
    expect(third.elsewhere(tuning.key)).toEqual([won]);
    again.delete(tuning.key);
    expect(again.elsewhere(tuning.key)).toEqual([]);
    const older = { ...here, device: "0 here" };
    expect(table.merge(textOf(older, tuning), "x.json").measured).toBe("compiler");
  });

  test("[U87] that lie, are cut or are none change nothing", () => {
    const table = new TuningTable(here);
    table.put(tuning);
    const before = table.text();
    const whole = textOf(here, tuning);
    const [first, second] = tuning.candidates;
    const odd = (more: object): string =>
      JSON.stringify({ version: 1, device: "1 here", kernels: [{ ...tuning, ...more }] });
    for (const given of [
      "",
      whole.slice(0, -9),
      "[".repeat(100_000),
      `${whole}${" ".repeat(5 << 20)}`,
      whole.replace('"milliseconds":2', '"milliseconds":1e999'),
      whole.replace('"milliseconds":2', '"milliseconds":-2'),
      odd({ candidates: [first, first], winner: "{}" }),
      odd({ candidates: [first, second], winner: second?.config }),
    ])
      expect(() => table.merge(given, "x")).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^(decode\/|tune\/untrue)/) as string }),
      );
    expect(table.text()).toBe(before);
  });
});
