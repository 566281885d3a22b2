import { warmUp as warmCompiler } from "@tilebook/compiler";
import { warmUp as warmFront } from "@tilebook/lang";
import { openGpu } from "@tilebook/runtime";
import { createTensors } from "@tilebook/tensor";
import { runCell } from "../cell.ts";
import { BenchHost } from "../host.ts";
import { open as openJax } from "../peers/engines/jax-decoding.js";
import { open as openOrt } from "../peers/engines/ort-decoding.js";
import ort from "../peers/engines/ort.js";
import { attribute, counters, needSubgroup, resetPeak } from "../peers/page/instrument.js";
import { type Setting, sizes, type Writing } from "./setting.ts";

/** What `main.ts` asks of the page. */
export interface DecodingPage {
  /** Opens Tilebook over the notebook's cell of the model, and gives all engines the weights of this file, in base64. */
  readonly prepare: (with_: { readonly cell: string; readonly file: string }) => Promise<void>;
  readonly open: (name: string) => Promise<void>;
  readonly write: (name: string, prompt: readonly number[], most: number) => Promise<Written>;
}

/** Bytes that were written one after the other, and what that took. */
export interface Written {
  readonly tokens: readonly number[];
  /** Written at once: what follows is of one token of one of them. */
  readonly texts: number;
  /** Until the first of them was read back. */
  readonly firstMs: number;
  /** Each of the others, in the mean. */
  readonly wallMs: number;
  /** Of one token, in the mean over all. */
  readonly dispatches: number;
  readonly submits: number;
  readonly peakBytes: number;
  readonly errors: readonly string[];
}

type Writer = ReturnType<ReturnType<typeof createTensors>["globals"]["serving"]["writer"]>;

const BUDGET_BYTES = 2 ** 30;

let setting: Setting | undefined;
let ours: ((texts: number) => Writing) | undefined;
const engines = new Map<string, Writing>();

const page: DecodingPage = {
  prepare: async ({ cell, file }) => {
    attribute("tilebook");
    const executor = await openGpu({ gpu: navigator.gpu, budgetBytes: BUDGET_BYTES });
    warmFront();
    warmCompiler(executor.target());
    const tensors = createTensors(new BenchHost(executor));
    const { safetensors, serving } = tensors.globals;
    const tinyLM = safetensors.read(Uint8Array.from(atob(file), (letter) => letter.codePointAt(0) ?? 0));
    const weights: Record<string, Float32Array> = {};
    for (const [name, weight] of Object.entries(tinyLM))
      weights[name] = Float32Array.from(await weight.data());
    const shapes = Object.fromEntries(Object.entries(tinyLM).map(([name, { shape }]) => [name, shape]));
    setting = { sizes, weights, shapes };
    const { model } = await runCell(tensors, cell, { tinyLM, sizes, width: sizes.width });
    ours = (texts) =>
      writingBy(() => serving.writer({ model: model as never, ...sizesOfWriter(), sequences: texts }), texts);
  },
  open: async (name) => {
    if (setting === undefined || ours === undefined) throw new Error("prepare comes first");
    attribute(name);
    engines.set(name, await openEngine(name, { ours, setting }));
  },
  write: async (name, prompt, most) => {
    const engine = engines.get(name);
    if (engine === undefined) throw new Error(`${name} was not opened`);
    attribute(name);
    return measured(name, engine, { prompt, most });
  },
};

/** So many texts at once, all the same: the first is heard. The writer is made by the first call, and counts as its work. */
function writingBy(make: () => Writer, texts: number): Writing {
  let writer: Writer | undefined;
  return {
    texts,
    write: async (prompt, most, onToken) => {
      writer ??= make();
      const others = Array.from({ length: texts - 1 }, () => prompt);
      const done = writer.all(others, { most });
      const tokens: number[] = [];
      for await (const token of writer.write(prompt, { most })) {
        tokens.push(token);
        onToken();
      }
      await done;
      return tokens;
    },
  };
}

async function openEngine(
  name: string,
  { ours: own, setting: given }: { readonly ours: (texts: number) => Writing; readonly setting: Setting },
): Promise<Writing> {
  const [engine, texts = "1"] = name.split(":");
  if (engine === "tilebook") return own(Number(texts));
  // As in the other bench: on smaller subgroups it takes its other path, on a device of its own.
  needSubgroup("ort", ort.minSubgroup);
  return name === "ort" ? openOrt(given) : openJax(given);
}

function sizesOfWriter(): Pick<typeof sizes, "layers" | "heads" | "headSize" | "length"> {
  const { layers, heads, headSize, length } = sizes;
  return { layers, heads, headSize, length };
}

async function measured(
  name: string,
  engine: Writing,
  { prompt, most }: { readonly prompt: readonly number[]; readonly most: number },
): Promise<Written> {
  const { texts = 1 } = engine;
  resetPeak(name);
  const before = counters(name);
  const start = performance.now();
  let first: number | undefined;
  const tokens = await engine.write(prompt, most, () => (first ??= performance.now()));
  const end = performance.now();
  const after = counters(name);
  return {
    tokens,
    firstMs: (first ?? end) - start,
    texts,
    wallMs: (end - (first ?? end)) / Math.max(1, tokens.length - 1) / texts,
    dispatches: (after.dispatches - before.dispatches) / tokens.length / texts,
    submits: (after.submits - before.submits) / tokens.length / texts,
    peakBytes: after.bytesPeak,
    errors: after.errors.slice(before.errors.length),
  };
}

/** The harness loads it as an engine of its own page; it has no cases there. */
const engine = {
  name: "decoding",
  init: (): Promise<void> => {
    Object.assign(globalThis, { decoding: page });
    return Promise.resolve();
  },
  cases: {},
};

export default engine;
