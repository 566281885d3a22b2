import { decode, Fault } from "@tilebook/base";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FromCell, fromCell } from "./cell.ts";
import { type FromFrame, fromFrame } from "./frame.ts";
import { type FromGpu, fromGpu } from "./gpu.ts";
import { cellToGpu, type CellToGpu } from "./tensors.ts";

const cellMessages: readonly FromCell[] = [
  { type: "ready" },
  { type: "started", run: 1 },
  { type: "output", run: 1, index: 0, output: { kind: "text", level: "log", text: "hello" } },
  {
    type: "finished",
    run: 1,
    milliseconds: 2.5,
    bytes: 64,
    defines: 2,
    kept: true,
    steps: ["s"],
    tensors: ["1.1"],
  },
  { type: "failed", run: 1, fault: { code: "a/b", message: "no", span: { source: "c", start: 1, end: 2 } } },
  { type: "stopped", run: 1 },
  { type: "yielded", run: 1 },
  { type: "asset", id: 3, name: "digits.csv.gz" },
  { type: "mesh", id: 4, ask: { kind: "open", wanted: ["ada"] } },
  {
    type: "mesh",
    id: 5,
    ask: {
      kind: "run",
      mesh: "r2",
      graph: "{}",
      given: [{ tensor: "1.1", of: { dtype: "f32", shape: [1] }, bytes: new Uint8Array(4) }],
      outputs: ["mesh:r2:1.2"],
    },
  },
  { type: "mesh", id: 6, ask: { kind: "link", mesh: "r2", wish: { mbps: 50, ms: 20, loss: 0.01 } } },
  { type: "mesh", id: 7, ask: { kind: "log", mesh: "r2", watch: true } },
  { type: "mesh", id: 8, ask: { kind: "read", tensor: "mesh:r2:1.2" } },
  { type: "endMesh", id: 5 },
  { type: "freeMesh", tensors: ["mesh:r2:1.2"] },
];

const frameMessages: readonly FromFrame[] = [
  { type: "hello", nonce: "n" },
  { type: "ended", worker: "cell", generation: 2 },
  { type: "broken", worker: "gpu", generation: 1, message: "oh" },
  { type: "pong", beat: 7 },
];

const gpuMessages: readonly FromGpu[] = [
  { type: "memory", report: { liveBytes: 1, peakBytes: 2, pooledBytes: 3, tensors: 4, budgetBytes: 5 } },
  {
    type: "device",
    report: { kind: "gpu", name: "x", features: ["f"], limits: { maxBufferSize: 1 }, timestamps: true },
  },
  { type: "deviceLost", message: "the GPU process crashed", recovering: true },
  { type: "flushed", run: 1 },
  { type: "unpeeked", id: 1, fault: { code: "a", message: "b" } },
  { type: "probing", id: 2 },
  {
    type: "probed",
    run: 1,
    result: {
      kind: "variant",
      kernel: "k",
      launch: 0,
      outputs: [
        {
          name: "y",
          dtype: "f32",
          shape: [2],
          compared: 2,
          different: 1,
          most: Infinity,
          nmse: NaN,
          first: { at: 1, original: 1, variant: -0 },
          worst: [{ at: 1, original: NaN, variant: Infinity }],
        },
      ],
      original: { samples: [1, 2] },
      variant: { samples: [] },
      clock: "gpu",
    },
  },
  { type: "probed", run: 1, result: { kind: "refused", kernel: "k", fault: { code: "a", message: "b" } } },
  { type: "probed", run: 1, result: { kind: "profiled", launches: 2 } },
  { type: "profiling", run: 1, note: { kind: "measuring", name: "k", done: 1, of: 9 } },
  {
    type: "profiling",
    run: 1,
    note: {
      kind: "measured",
      kernel: "key",
      name: "k",
      launch: 0,
      samples: [0.5, 0.25],
      repeats: 16,
      clock: "wall",
      fresh: true,
      grid: [4, 1, 1],
      scalars: [100, 0.5],
      threads: 64,
      work: { flops: 1, bytesRead: 2, bytesWritten: 3, exact: true },
      buffers: { read: 2, written: 3 },
    },
  },
  {
    type: "profiling",
    run: 1,
    note: { kind: "unmeasured", kernel: "key", name: "k", launch: 0, fault: { code: "a", message: "b" } },
  },
  {
    type: "measured",
    id: 1,
    speed: {
      gflops: 1,
      gigabytesPerSecond: 2,
      launchMs: 3,
      programMs: 4,
      meetingMs: 5,
      barrierMs: 5,
      fullPrograms: 6,
    },
  },
  {
    type: "inspected",
    id: 1,
    detail: {
      stages: [{ name: "WGSL", text: "a", spans: [undefined], quiet: ["legalise"] }],
      work: [{ flops: 1, bytesRead: 2, bytesWritten: 3, exact: false }],
    },
  },
  {
    type: "probed",
    run: 1,
    result: {
      kind: "step",
      kernel: "k",
      launch: 0,
      session: 1,
      name: "power",
      grid: [2, 1, 1],
      text: "kernel power() {\n}\n",
      lines: [{ span: { source: "c", start: 1, end: 2 } }, { op: 0 }, {}],
      buffers: [{ value: 0, name: "x", dtype: "i4", shape: [2, 2], written: false }],
    },
  },
  {
    type: "stepped",
    id: 1,
    answer: {
      kind: "view",
      program: [0, 1, 0],
      position: 3,
      ended: false,
      next: 2,
      reads: [4],
      written: [5],
      values: [
        {
          value: 4,
          label: "total",
          role: "carried",
          dtype: "f32",
          shape: [2],
          op: 1,
          minimum: NaN,
          maximum: 2,
          nans: 1,
          rows: 1,
          columns: 2,
          sample: Float64Array.of(1, NaN),
          hidden: Uint8Array.of(0, 1),
        },
      ],
      buffers: [
        {
          value: 0,
          strip: Uint8Array.of(1),
          loaded: 1,
          stored: 0,
          next: { how: "store", elements: 2 },
          focus: 0,
        },
      ],
      trap: { fault: { code: "a", message: "b" }, lane: 1, op: 2, values: [4] },
      printed: [{ text: "x", elements: [{ place: 0, value: 1 }] }],
    },
  },
  {
    type: "stepped",
    id: 2,
    answer: {
      kind: "tile",
      value: 4,
      rows: 1,
      columns: 2,
      row: 0,
      column: 0,
      height: 1,
      width: 2,
      values: Float64Array.of(1, 2),
      flags: Uint8Array.of(0, 5),
    },
  },
  {
    type: "stepped",
    id: 3,
    answer: {
      kind: "findings",
      findings: [{ fault: { code: "a", message: "b" }, program: [0, 0, 1], position: 9, lane: 2, op: 1 }],
      programs: 8,
    },
  },
  { type: "stepped", id: 4, answer: { kind: "writer", place: { program: [0, 0, 0], position: 2 } } },
  { type: "stepped", id: 5, answer: { kind: "done" } },
  { type: "unstepped", id: 5, fault: { code: "a", message: "b" } },
  { type: "stepping", id: 5, done: 1, total: 2 },
  { type: "uninspected", id: 1, fault: { code: "a", message: "b" } },
  {
    type: "peeked",
    id: 1,
    peek: {
      minimum: 0,
      maximum: 1,
      mean: 0.5,
      deviation: 0.5,
      nans: 0,
      infinities: 0,
      values: Float64Array.of(0, 1),
      rows: 1,
      columns: 2,
    },
  },
];

const tensorMessages: readonly CellToGpu[] = [
  { type: "upload", tensor: "1.1", of: { dtype: "f32", shape: [1] }, bytes: new Uint8Array(4) },
  { type: "run", id: 1, run: 1, cell: "c", graph: "{}", outputs: ["1.2"] },
  { type: "read", id: 2, tensor: "1.1", start: 0, end: 4 },
  { type: "free", tensor: "1.1" },
  { type: "memory", id: 3 },
  { type: "resetPeak" },
  { type: "flush", id: 4, run: 1 },
];

const languages = [
  { name: "cell", decoder: fromCell, messages: cellMessages },
  { name: "frame", decoder: fromFrame, messages: frameMessages },
  { name: "GPU", decoder: fromGpu, messages: gpuMessages },
  { name: "tensor", decoder: cellToGpu, messages: tensorMessages },
] as const;

describe.each(languages)("the $name line", ({ decoder, messages }) => {
  const read = (data: unknown): unknown => decode<unknown>(decoder, data);

  test("[P1] every message comes through structuredClone and the decoder as it was", () => {
    for (const message of messages) expect(read(structuredClone(message))).toEqual(message);
  });

  test("[P2] fields nobody asked for do not come through, `__proto__` least of all", () => {
    for (const message of messages) {
      const odd = { ...message, more: 1, constructor: "x" };
      Object.defineProperty(odd, "__proto__", { value: { polluted: true }, enumerable: true });
      expect(read(odd)).toEqual(message);
    }
  });

  test("[P3] whatever comes instead gives a message of the language or a Fault, never anything else", () => {
    const mangled = fc
      .record({ message: fc.constantFrom(...messages), field: fc.nat(6), value: fc.anything() })
      .map(({ message, field, value }) => {
        const key = Object.keys(message)[field % Object.keys(message).length] ?? "type";
        return { ...message, [key]: value };
      });
    fc.assert(
      fc.property(fc.oneof(mangled, fc.anything()), (data) => {
        try {
          expect(read(data)).toHaveProperty("type");
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

test("[P4] a window must have as many numbers as it says", () => {
  const [peeked] = gpuMessages.filter((message) => message.type === "peeked");
  expect(() => decode(fromGpu, { ...peeked, peek: { ...peeked?.peek, rows: 9 } })).toThrow(/rows \* columns/);
});
