import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { type Graph, sizeOf, type TensorType } from "@tilebook/ir";
import { at, type Device, type Group, type LinkSpeed, type Timeline } from "@tilebook/mesh";
import { connectSlowly, openPeers, type Peers, ringAttention, ringBytes } from "@tilebook/mesh/testing";
import { build } from "vite";
import type { FromThread, ToThread } from "./mesh-thread.ts";

/**
 * npm run bench:mesh -- [tokens of a rank] [width] - attention around a ring (LightSeq, arXiv 2310.03294) on four and five ranks whose links take 20 ms and
 * 10 Mbit/s, real connections of Node, each rank's device an interpreter in a thread of its own: how much of the communication is hidden
 * behind what the ranks compute. Numbers, not a test: this machine's load is in them, and is printed with them.
 */
export async function main(
  [tokens = "2048", width = "128"]: readonly string[],
  root: string,
): Promise<number> {
  const out = mkdtempSync(join(tmpdir(), "tilebook-bench-"));
  try {
    await bundle(root, out);
    const text = readFileSync(join(out, "thread.js"), "utf8");
    for (const ranks of [4, 5])
      await measure({ ranks, tokens: Number(tokens), width: Number(width) }, { mbps: 10, ms: 20 }, text);
    return 0;
  } finally {
    rmSync(out, { recursive: true });
  }
}

interface Sizes {
  readonly ranks: number;
  readonly tokens: number;
  readonly width: number;
}

async function measure(sizes: Sizes, speed: LinkSpeed, text: string): Promise<void> {
  const threads = Array.from({ length: sizes.ranks }, () => new ThreadDevice(text));
  const peers = await openPeers(sizes.ranks, {
    budgetBytes: 2 ** 30,
    device: (rank, plain) => threads[rank] ?? plain,
    connect: connectSlowly(speed),
  });
  const timeline = await ran(peers, sizes);
  print(sizes, timeline, peers.moved());
  peers.close();
  await Promise.all(threads.map((thread) => thread.close()));
}

async function ran({ group }: Peers, sizes: Sizes): Promise<Timeline> {
  const graph = ringAttention(sizes);
  const inputs = new Map(
    await Promise.all(
      graph.nodes.flatMap((node) => (node.kind === "input" ? [put(group, node.tensor, node.type)] : [])),
    ),
  );
  return new Promise((resolve, reject) => {
    group.compute(graph, inputs, { timeline: resolve }).catch(reject);
  });
}

type Put = readonly [string, Awaited<ReturnType<Group["put"]>>];

async function put(group: Group, name: string, type: TensorType): Promise<Put> {
  const values = Float32Array.from({ length: sizeOf(type.shape) }, (_, index) =>
    Math.sin(index * 0.7 + name.length),
  );
  return [name, await group.put(new Uint8Array(values.buffer), type, at(Number(name.slice(1))))];
}

function say(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}

function print(
  { ranks, tokens, width }: Sizes,
  { start, end, ranks: each, hidden }: Timeline,
  moved: number,
): void {
  const formula = ringBytes({ ranks, tokens, width });
  process.stdout.write(
    `${ranks} ranks, ${ranks * tokens} tokens of ${width}, 10 Mbit/s and 20 ms: ${say(end - start)}, ` +
      `${(100 * hidden).toFixed(1)} % of the communication hidden; ${moved} bytes (formula ${formula}); load ${loadavg()[0]?.toFixed(1)}\n`,
  );
  for (const { rank, compute, communication, exposed } of each)
    process.stdout.write(
      `  rank ${rank}: computes ${say(compute)}, communication ${say(communication)}, of it exposed ${say(exposed)}\n`,
    );
}

/** A rank's device: the interpreter in a thread, so that one rank's work is beside another's and beside the links. */
class ThreadDevice implements Device {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (said: FromThread) => void>();
  #next = 1;

  constructor(text: string) {
    const answer = `const { parentPort } = require("node:worker_threads"); parentPort.on("message", meshThread.serve((said) => parentPort.postMessage(said)));`;
    this.#worker = new Worker(`${text}\n${answer}`, { eval: true });
    this.#worker.on("message", (said: FromThread) => {
      this.#waiting.get(said.id)?.(said);
      this.#waiting.delete(said.id);
    });
  }

  upload(bytes: Uint8Array, type: TensorType): string {
    const name = this.#name();
    this.#post({ kind: "upload", name, type, bytes });
    return name;
  }

  async run(graph: Graph): Promise<readonly string[]> {
    const names = graph.outputs.map(() => this.#name());
    await this.#asked((id) => ({ kind: "run", id, graph, names }));
    return names;
  }

  async read(name: string): Promise<Uint8Array> {
    return (await this.#asked((id) => ({ kind: "read", id, name }))).bytes ?? new Uint8Array(0);
  }

  free(name: string): void {
    this.#post({ kind: "free", name });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #asked(words: (id: number) => ToThread): Promise<FromThread> {
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#post(words(id));
    });
  }

  #post(said: ToThread): void {
    this.#worker.postMessage(said, []);
  }

  #name(): string {
    return `t${this.#next++}`;
  }
}

async function bundle(root: string, outDir: string): Promise<void> {
  const entry = fileURLToPath(new URL("mesh-thread.ts", import.meta.url));
  const lib = { entry, formats: ["iife" as const], name: "meshThread", fileName: () => "thread.js" };
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: "error",
    build: { outDir, emptyOutDir: true, lib },
  });
}
