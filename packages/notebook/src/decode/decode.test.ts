import { Fault } from "@tilebook/base";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Output, ValueTree } from "../output.ts";
import { bounds } from "./bounds.ts";
import { decodeFault } from "./fault.ts";
import { decodeKernelDetail, decodeKernelReport } from "./kernel.ts";
import { decodeOutput } from "./output.ts";

const number: ValueTree = { kind: "primitive", type: "number", text: "1" };
const good: readonly Output[] = [
  {
    kind: "value",
    name: "x",
    value: { kind: "list", type: "Array", entries: [{ key: "0", value: number }], size: 9 },
  },
  {
    kind: "value",
    value: {
      kind: "object",
      type: "Map",
      entries: [{ key: "f", value: { kind: "function", name: "f" } }],
      size: 1,
    },
  },
  { kind: "value", value: { kind: "tensor", tensor: { handle: "t1", dtype: "f32", shape: [2, 3] } } },
  { kind: "tensor", name: "q", tensor: { handle: "t1", dtype: "f32", shape: [] } },
  { kind: "image", width: 2, height: 1, pixels: new Uint8ClampedArray(8), scale: 4 },
  {
    kind: "table",
    columns: ["a", "b"],
    rows: [
      [1, "x"],
      [null, true],
      [Number.NaN, ""],
    ],
    total: 7,
    label: "t",
  },
  {
    kind: "plot",
    marks: [{ mark: "line", data: [{ x: 1, y: 2 }], x: "x", y: "y" }],
    x: { type: "log", domain: [1, 2] },
    legend: true,
  },
  { kind: "markdown", text: "# hi" },
  { kind: "text", level: "warn", text: "careful" },
  { kind: "input", name: "tau", label: "tau", control: "slider", min: 0, max: 1, step: 0.1, value: 0.5 },
  { kind: "input", name: "s", label: "s", control: "select", options: ["a"], value: "a" },
  { kind: "input", name: "t", label: "t", control: "toggle", value: true },
  { kind: "input", name: "u", label: "u", control: "text", value: "" },
  {
    kind: "input",
    name: "f",
    label: "f",
    control: "file",
    accept: ".npy",
    address: "",
    value: "chosen:1:a.npy",
  },
  { kind: "download", name: "a.npy", bytes: Uint8Array.of(1, 2) },
  { kind: "progress", label: "p", done: 1, total: 2 },
  { kind: "check", label: "c", passed: false, measured: "1", expected: "2" },
  { kind: "origin", kernel: "k", output: 1, element: 7, place: "element (1, 3)", label: "odd" },
  {
    kind: "printed",
    kernel: "k",
    tiles: [
      { text: "x", program: [1, 0, 0], visit: 2, dtype: "f32", shape: [4], places: [0, 3], values: [1, NaN] },
    ],
    more: 3,
    dropped: 1,
  },
];

const fileNamed = (name: string): object => ({ kind: "download", name, bytes: new Uint8Array(1) });

describe("outputs from the sandbox", () => {
  test("[V1] every kind comes through as it was, as fresh objects", () => {
    for (const output of good) {
      const decoded = decodeOutput(structuredClone(output));
      expect(decoded).toEqual(output);
      expect(decoded).not.toBe(output);
    }
  });

  test("[V14] a file to save has a plain name that ends as data", () => {
    for (const name of ["a.npy", "tiny-lm 2.safetensors", "small.gguf"])
      expect(isRefused(() => decodeOutput(fileNamed(name)))).toBe(false);
    for (const name of [
      "a.exe",
      "../a.npy",
      "a/b.npy",
      ".npy",
      "a.npy\n",
      "a.npy.html",
      "C:\\a.npy",
      "\u202Egnp.npy",
    ])
      expect(isRefused(() => decodeOutput(fileNamed(name)))).toBe(true);
  });

  test("[V2] unknown keys, prototypes and getters of what came in die", () => {
    const odd = JSON.parse('{"kind":"markdown","text":"hi","__proto__":{"x":1},"html":"<b>"}') as object;
    expect(decodeOutput(odd)).toEqual({ kind: "markdown", text: "hi" });
    const counts = JSON.parse('{"__proto__":1,"flops":2}') as object;
    const report = decodeKernelReport({
      cell: "a",
      name: "k",
      key: "k",
      sources: [],
      dispatches: 1,
      programs: 1,
      counts,
      remarks: [],
      launches: [],
    });
    expect(Object.keys(report.counts)).toEqual(["__proto__", "flops"]);
    expect(Object.getPrototypeOf(report.counts)).toBe(Object.prototype);
  });

  test("[V3] junk is refused with a decode fault, whatever it is", () => {
    const kinds = fc.constantFrom(...good.map(({ kind }) => kind));
    const junk = fc.oneof(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withTypedArray: true,
        withNullPrototype: true,
      }),
      fc.record({
        kind: kinds,
        value: fc.anything(),
        text: fc.anything(),
        rows: fc.anything(),
        marks: fc.anything(),
      }),
      fc
        .tuple(fc.constantFrom(...good), fc.string(), fc.anything())
        .map(([output, key, value]) => ({ ...output, [key]: value })),
      fc.tuple(fc.constantFrom(...good), fc.nat(), fc.anything()).map(([output, pick, value]) => ({
        ...output,
        [Object.keys(output)[pick % Object.keys(output).length] ?? ""]: value,
      })),
    );
    let refused = 0;
    fc.assert(
      fc.property(junk, (value) => {
        for (const decoder of [decodeOutput, decodeKernelReport, decodeFault])
          refused += isRefused(() => decoder(value)) ? 1 : 0;
      }),
      { numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(5000);
  });

  test("[V4] trees are bounded in depth, width and size", () => {
    let deep: ValueTree = number;
    for (let level = 0; level < bounds["depth"] + 1; level++)
      deep = { kind: "list", type: "Array", entries: [{ key: "0", value: deep }], size: 1 };
    expect(codeOf(() => decodeOutput({ kind: "value", value: deep }))).toBe("decode/range");
    const row = {
      kind: "list",
      type: "Array",
      entries: Array.from({ length: 1000 }, () => ({ key: "0", value: number })),
      size: 1000,
    };
    expect(codeOf(() => decodeOutput({ kind: "value", value: row }))).toBe("ok");
    const wide = { ...row, entries: Array.from({ length: 1001 }, () => ({ key: "0", value: number })) };
    expect(codeOf(() => decodeOutput({ kind: "value", value: wide }))).toBe("decode/range");
    const vast = { ...row, entries: Array.from({ length: 1000 }, () => ({ key: "0", value: row })) };
    expect(codeOf(() => decodeOutput({ kind: "value", value: vast }))).toBe("decode/range");
    const circle: { kind: string; type: string; size: number; entries: unknown[] } = {
      kind: "list",
      type: "Array",
      size: 1,
      entries: [],
    };
    circle.entries.push({ key: "0", value: circle });
    expect(codeOf(() => decodeOutput({ kind: "value", value: circle }))).toBe("decode/range");
  });

  test("[V5] pictures are at most 16 M pixels and have all their bytes", () => {
    const image = { kind: "image", width: 2, height: 2, pixels: new Uint8ClampedArray(16), scale: 1 };
    expect(codeOf(() => decodeOutput(image))).toBe("ok");
    expect(codeOf(() => decodeOutput({ ...image, width: 3 }))).toBe("decode/range");
    expect(codeOf(() => decodeOutput({ ...image, width: 65_536, height: 65_536 }))).toBe("decode/range");
    expect(codeOf(() => decodeOutput({ ...image, pixels: new Uint8Array(16) }))).toBe("decode/type");
    expect(codeOf(() => decodeOutput({ ...image, width: 0, pixels: new Uint8ClampedArray(0) }))).toBe(
      "decode/range",
    );
    const shared = new Uint8ClampedArray(new SharedArrayBuffer(16));
    const decoded = decodeOutput({ ...image, pixels: shared });
    expect(decoded.kind === "image" && decoded.pixels.buffer instanceof ArrayBuffer).toBe(true);
  });

  test("[V6] tables have at most 1,000 even rows, plots 20,000 rows in all", () => {
    expect(codeOf(() => decodeOutput(table(1000)))).toBe("ok");
    expect(codeOf(() => decodeOutput(table(1001)))).toBe("decode/range");
    expect(codeOf(() => decodeOutput({ kind: "table", columns: ["a", "b"], rows: [[1]], total: 1 }))).toBe(
      "decode/range",
    );
    expect(codeOf(() => decodeOutput({ kind: "plot", marks: [mark(20_000)] }))).toBe("ok");
    expect(codeOf(() => decodeOutput({ kind: "plot", marks: [mark(20_001)] }))).toBe("decode/range");
    expect(codeOf(() => decodeOutput({ kind: "plot", marks: [mark(15_000), mark(15_000)] }))).toBe(
      "decode/range",
    );
  });

  test("[V7] many allowed strings cannot add up to more than 8 MiB", () => {
    const rows = Array.from({ length: 1000 }, () => ["x".repeat(9000)]);
    expect(codeOf(() => decodeOutput({ kind: "table", columns: ["a"], rows, total: 1 }))).toBe(
      "decode/range",
    );
  });

  test("[V8] a kernel report comes through; the causes of a fault are cut at five", () => {
    const fault = { code: "a/b", message: "m", span: { source: "a", start: 0, end: 1 }, hint: "h" };
    const report = {
      cell: "a",
      name: "k",
      key: "k1",
      sources: ["a", "tilebook/attention"],
      dispatches: 1,
      programs: 2,
      milliseconds: 0.5,
      counts: { flops: 9 },
      remarks: [fault],
      launches: [{ first: 0, times: 3, grid: [2, 1, 1], scalars: [{ name: "n", value: NaN }] }],
      fault,
    };
    expect(decodeKernelReport(structuredClone(report))).toEqual(report);
    const folded = { ...fault.span, also: [{ source: "b", start: 3, end: 4 }] };
    const detail = {
      stages: [
        { name: "WGSL", text: "fn main() {}", spans: [undefined, fault.span, folded], quiet: ["legalise"] },
      ],
      work: [{ flops: 9, bytesRead: 8, bytesWritten: 4, exact: true }],
    };
    expect(decodeKernelDetail(structuredClone(detail))).toEqual(detail);
    let chain: object = fault;
    for (let level = 0; level < 20; level++) chain = { ...fault, cause: chain };
    let depth = 0;
    for (let at = decodeFault(chain).cause; at !== undefined; at = at.cause) depth += 1;
    expect(depth).toBe(bounds["causes"]);
  });

  test("[V9] texts come out well formed", () => {
    expect(decodeOutput({ kind: "markdown", text: "a\uD800b" })).toEqual({
      kind: "markdown",
      text: "a\uFFFDb",
    });
  });
});

const table = (rows: number): object => ({
  kind: "table",
  columns: ["a"],
  rows: Array.from({ length: rows }, () => [1]),
  total: rows,
});

const mark = (rows: number): object => ({
  mark: "dot",
  data: Array.from({ length: rows }, () => ({ x: 1 })),
});

function isRefused(decode: () => unknown): boolean {
  return codeOf(decode) !== "ok";
}

function codeOf(decode: () => unknown): string {
  try {
    decode();
    return "ok";
  } catch (error) {
    if (!(error instanceof Fault) || !error.code.startsWith("decode/")) throw error;
    return error.code;
  }
}
