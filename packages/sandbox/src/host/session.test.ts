import { ManualClock } from "@tilebook/base";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FromCell, ToCell } from "../protocol/cell.ts";
import type { FromFrame, ToFrame, WorkerName } from "../protocol/frame.ts";
import type { FromGpu, ToGpu } from "../protocol/gpu.ts";
import type { RunRequest, SandboxEvent } from "../sandbox.ts";
import { BEAT_MS, MOST_SILENT_BEATS } from "./heartbeat.ts";
import { MOST_BAD_MESSAGES } from "./rooms.ts";
import { ABORT_MS, END_MS } from "./runs.ts";
import { GPU_MS, MOST_BROKEN_FRAMES, Session } from "./session.ts";

const device: FromGpu = {
  type: "device",
  report: { kind: "gpu", name: "test", features: [], limits: {}, timestamps: false },
};

/** A frame with its two workers, as the app sees them; each answers as a test says. */
class FakeFrame {
  readonly line: MessageChannel = new MessageChannel();
  readonly workers = new Map<WorkerName, MessagePort>();
  readonly heardByCell: ToCell[] = [];
  readonly heardByGpu: ToGpu[] = [];
  answersPings = true;
  answersEnds = true;
  gpuAnswersPings = true;
  removed = false;

  constructor(nonce: string) {
    this.line.port2.addEventListener("message", ({ data, ports }: MessageEvent<ToFrame>) =>
      this.#hear(data, ports),
    );
    this.line.port2.start();
    this.say({ type: "hello", nonce });
  }

  say(message: FromFrame): void {
    this.line.port2.postMessage(message);
  }

  cell(message: FromCell | object): void {
    this.workers.get("cell")?.postMessage(message);
  }

  gpu(message: FromGpu): void {
    this.workers.get("gpu")?.postMessage(message);
  }

  #hear(message: ToFrame, ports: readonly MessagePort[]): void {
    if (message.type === "ping" && this.answersPings) this.say({ type: "pong", beat: message.beat });
    if (message.type === "end" && this.answersEnds) this.#end(message.worker);
    if (message.type === "start") this.#start(message.worker, message.generation, ports[0]);
  }

  readonly #generations = { cell: 0, gpu: 0 };

  #end(worker: WorkerName): void {
    this.workers.get(worker)?.close();
    this.workers.delete(worker);
    this.say({ type: "ended", worker, generation: this.#generations[worker] });
  }

  #start(worker: WorkerName, generation: number, port: MessagePort | undefined): void {
    if (port === undefined) throw new Error("a worker needs a port");
    if (this.workers.has(worker)) this.#end(worker);
    this.#generations[worker] = generation;
    this.workers.set(worker, port);
    port.addEventListener("message", ({ data }: MessageEvent<ToCell | ToGpu>) => this.#worker(worker, data));
    port.start();
    if (worker === "cell") this.cell({ type: "ready" });
    else this.gpu(device);
  }

  #worker(worker: WorkerName, message: ToCell | ToGpu): void {
    if (worker === "cell") this.heardByCell.push(message as ToCell);
    else this.heardByGpu.push(message as ToGpu);
    if (worker === "gpu" && message.type === "ping" && this.gpuAnswersPings)
      this.gpu({ type: "pong", beat: message.beat });
  }
}

const request = (run: number, cell = `cell${run}`): RunRequest => ({
  run,
  cell,
  kind: "ts",
  text: "",
  inputs: {},
  readElsewhere: [],
  analysis: {
    defines: [],
    captured: [],
    uses: [],
    kernels: [],
    usesAwait: false,
    showsResult: false,
    code: "",
    edits: [],
    faults: [],
  },
});

const finished = (run: number, more: object = {}): FromCell => ({
  type: "finished",
  run,
  milliseconds: 1,
  bytes: 0,
  steps: [],
  defines: 1,
  kept: true,
  tensors: [],
  ...more,
});

describe("the app's side of the sandbox", () => {
  let clock: ManualClock;
  let frames: FakeFrame[];
  let session: Session;
  let events: SandboxEvent[];
  let kept: Map<string, string>;
  let stopped: number[];

  beforeEach(async () => {
    clock = new ManualClock();
    frames = [];
    events = [];
    kept = new Map();
    stopped = [];
    session = new Session(
      {
        frameUrl: "frame.html",
        budgetBytes: 1 << 20,
        files: {
          open: async (name) => new TextEncoder().encode(name),
          part: (_, [from, to], { signal, progress }) => {
            progress(1, 2);
            // A part from 0 never comes: it is waited for until it is stopped.
            return from > 0
              ? Promise.resolve(new Uint8Array(to - from))
              : new Promise((_resolve, reject) =>
                  signal.addEventListener("abort", () => (stopped.push(to), reject(new Error("stopped")))),
                );
          },
        },
        tunings: {
          kept: (name) =>
            name === "broken" ? Promise.reject(new Error("no disk")) : Promise.resolve(kept.get(name)),
          keep: (name, text) => void kept.set(name, text),
        },
      },
      {
        clock,
        texts: Promise.resolve({ cell: "", gpu: "" }),
        openFrame: (nonce) => {
          const frame = new FakeFrame(nonce);
          frames.push(frame);
          return { port: frame.line.port1, remove: () => (frame.removed = true) };
        },
      },
    );
    session.listen((event) => events.push(event));
    await session.ready;
  });

  afterEach(() => {
    session.close();
    for (const frame of frames) {
      frame.line.port2.close();
      for (const port of frame.workers.values()) port.close();
    }
  });

  const frame = (): FakeFrame => {
    const last = frames.at(-1);
    if (last === undefined) throw new Error("no frame");
    return last;
  };

  /** Lets messages arrive until something holds. */
  async function until(holds: () => boolean): Promise<void> {
    for (let turn = 0; turn < 500; turn++) {
      if (holds()) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    throw new Error(`never happened; events: ${JSON.stringify(events)}`);
  }

  const some = (type: SandboxEvent["type"]): boolean => events.some((event) => event.type === type);
  const seen = (type: SandboxEvent["type"]): SandboxEvent[] => events.filter((event) => event.type === type);

  /** Time passes; messages arrive in between. */
  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= BEAT_MS) {
      clock.advance(Math.min(left, BEAT_MS));
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  }

  async function begin(run: number, cell?: string): Promise<void> {
    session.run(request(run, cell));
    await until(() => frame().heardByCell.some((message) => message.type === "run" && message.run === run));
  }

  async function finish(run: number, more: object = {}): Promise<void> {
    frame().gpu({ type: "flushed", run });
    await until(() => true);
    frame().cell(finished(run, more));
    await until(() => events.some((event) => event.type === "finished" && event.run === run));
  }

  test("[H1] one run is under way at a time; the next begins when it has ended", async () => {
    session.run(request(1));
    session.run(request(2));
    await until(() => frame().heardByCell.length === 1);
    await finish(1);
    await until(() => frame().heardByCell.length === 2);
    expect(frame().heardByCell.map((message) => "run" in message && message.run)).toEqual([1, 2]);
  });

  test("[H2] a run has not finished before the GPU worker has reported its kernels", async () => {
    await begin(1);
    frame().cell(finished(1));
    await pass(10);
    expect(some("finished")).toBe(false);
    frame().gpu({ type: "flushed", run: 1 });
    await until(() => some("finished"));
  });

  test("[H3] rung abort: a cell that obeys in time keeps its worker", async () => {
    await begin(1);
    session.interrupt(1);
    await until(() => frame().heardByCell.some((message) => message.type === "abort"));
    frame().cell({ type: "stopped", run: 1 });
    await until(() => some("interrupted"));
    await pass(ABORT_MS * 2);
    expect(seen("interrupted")).toEqual([{ type: "interrupted", run: 1, rung: "abort" }]);
    expect(frame().heardByGpu).toContainEqual({ type: "abort", run: 1 });
  });

  test("[H4] rung cell-worker: what was kept survives, its tensors too; the rest is lost", async () => {
    await begin(1, "kept");
    await finish(1, { tensors: ["1.1"] });
    await begin(2, "gone");
    await finish(2, { kept: false, tensors: ["1.2"] });
    await begin(3, "spins");
    session.interrupt(3);
    clock.advance(ABORT_MS);
    await until(() => some("lost"));
    expect(seen("interrupted")).toEqual([{ type: "interrupted", run: 3, rung: "cell-worker" }]);
    expect(seen("lost")).toMatchObject([{ cells: ["gone"] }]);
    const order = events.map(({ type }) => type).filter((type) => type === "lost" || type === "interrupted");
    expect(order).toEqual(["lost", "interrupted"]);
    await until(() => frame().heardByGpu.some((message) => message.type === "retain"));
    expect(frame().heardByGpu).toContainEqual({ type: "retain", generation: 2, tensors: ["1.1"] });
    await begin(4);
    expect(frames).toHaveLength(1);
  });

  test("[H5] rung gpu-worker: when it stays busy after an interrupt, tensors are lost, plain values are not", async () => {
    await begin(1, "plain");
    await finish(1);
    await begin(2, "tensors");
    await finish(2, { tensors: ["1.1"] });
    await begin(3);
    frame().gpuAnswersPings = false;
    session.interrupt(3);
    clock.advance(ABORT_MS);
    await until(() => some("interrupted"));
    const peek = session.peek({ tensor: "1.1", leading: [], rows: [0, 1], columns: [0, 1] });
    peek.catch(() => undefined);
    await pass(GPU_MS);
    await until(() => some("lost"));
    expect(seen("lost")).toMatchObject([{ cells: ["tensors"] }]);
    await expect(peek).rejects.toMatchObject({ code: "executor/unknown-tensor" });
    await begin(4);
    expect(frames).toHaveLength(1);
  });

  test("[H20] where a NaN began: told with how far it is, ended by its signal, and refused when the cell worker is gone", async () => {
    await begin(1, "shown");
    await finish(1, { tensors: ["1.1"] });
    const far: number[] = [];
    const controller = new AbortController();
    const { signal } = controller;
    const asked = session.nanOrigin("1.1", { progress: (done, total) => far.push(done, total), signal });
    await until(() => frame().heardByCell.some(({ type }) => type === "seekNaN"));
    frame().cell({ type: "seekingNaN", id: 1, done: 2, total: 5 });
    const origin = { kind: "made", made: "log of -1", place: [1], shape: [2], seen: [1] };
    frame().cell({ type: "nanFound", id: 1, origin });
    expect(await asked).toEqual(origin);
    expect(far).toEqual([2, 5]);
    controller.abort();
    await until(() => frame().heardByCell.some(({ type }) => type === "endSeek"));
    const second = session.nanOrigin("1.1");
    second.catch(() => undefined);
    await begin(2);
    session.interrupt(2);
    clock.advance(ABORT_MS);
    await expect(second).rejects.toMatchObject({ code: "executor/unknown-tensor" });
  });

  test("[H6] rung frame: when the frame does not end its worker, it is taken down whole", async () => {
    await begin(1, "kept");
    await finish(1);
    await begin(2);
    frame().answersEnds = false;
    session.interrupt(2);
    clock.advance(ABORT_MS);
    clock.advance(END_MS);
    await until(() => frames.length === 2);
    expect(seen("interrupted")).toEqual([{ type: "interrupted", run: 2, rung: "frame" }]);
    expect(seen("lost")).toMatchObject([{ cells: ["kept"] }]);
    expect(frames[0]?.removed).toBe(true);
    await begin(3);
  });

  test("[H7] a frame that is silent for two seconds is replaced; its run fails and says why", async () => {
    await begin(1);
    frame().answersPings = false;
    await pass(BEAT_MS * (MOST_SILENT_BEATS - 1));
    expect(frames).toHaveLength(1);
    await pass(BEAT_MS * 3);
    await until(() => frames.length === 2);
    expect(seen("failed")).toMatchObject([{ run: 1, fault: { code: "sandbox/silent" } }]);
  });

  test("[H8] messages that make no sense are dropped, and too many end the frame", async () => {
    await begin(1);
    for (let n = 0; n < MOST_BAD_MESSAGES - 1; n++)
      frame().cell({ type: "output", run: 1, index: -1, output: "<b>" });
    frame().cell({ type: "started", run: 1 });
    await until(() => some("started"));
    expect(some("output")).toBe(false);
    expect(frames).toHaveLength(1);
    frame().cell({ odd: true });
    await until(() => frames.length === 2);
    expect(seen("failed")).toMatchObject([{ fault: { code: "sandbox/protocol" } }]);
  });

  test("[H9] a frame that says hello with another nonce is not believed", async () => {
    for (let n = 0; n < MOST_BAD_MESSAGES; n++) frame().say({ type: "hello", nonce: "guessed" });
    await until(() => frames.length === 2);
    expect(frames[0]?.removed).toBe(true);
  });

  test("[H10] words of an ended worker, and of runs that are not under way, mean nothing", async () => {
    await begin(1);
    frame().cell(finished(99));
    frame().cell({ type: "failed", run: 98, fault: { code: "x", message: "x" } });
    frame().cell({ type: "stopped", run: 97 });
    frame().cell({ type: "started", run: 1 });
    await until(() => some("started"));
    expect([...seen("finished"), ...seen("failed"), ...seen("interrupted")]).toEqual([]);
  });

  test("[H11] frames that break one after the other are not made for ever", async () => {
    for (let n = 0; n < MOST_BROKEN_FRAMES; n++) {
      const count = frames.length;
      frame().answersPings = false;
      await pass(BEAT_MS * (MOST_SILENT_BEATS + 2));
      if (n < MOST_BROKEN_FRAMES - 1) await until(() => frames.length > count);
    }
    session.run(request(5));
    expect(events.at(-1)).toMatchObject({ type: "failed", run: 5, fault: { code: "sandbox/silent" } });
  });

  test("[H12] assets are fetched by the app, and a refusal arrives as a fault", async () => {
    frame().cell({ type: "asset", id: 1, name: "a.csv" });
    await until(() => frame().heardByCell.some((message) => message.type === "asset"));
    expect(frame().heardByCell).toContainEqual({
      type: "asset",
      id: 1,
      bytes: new TextEncoder().encode("a.csv"),
    });
  });

  test("[H21] a part that nobody waits for is stopped and not answered; the next worker's questions are its own", async () => {
    const heard = (): ToCell[] => frame().heardByCell.filter(({ type }) => /sset/.test(type));
    frame().cell({ type: "part", id: 1, name: "chosen:1:a", from: 0, to: 7 });
    frame().cell({ type: "part", id: 2, name: "chosen:1:a", from: 8, to: 10 });
    await until(() => heard().length > 0);
    frame().cell({ type: "endAsset", id: 1 });
    await until(() => heard().some(({ type }) => type === "asset"));
    expect(heard()).toEqual([
      { type: "assetProgress", id: 1, done: 1, total: 2 },
      { type: "assetProgress", id: 2, done: 1, total: 2 },
      { type: "asset", id: 2, bytes: new Uint8Array(2) },
    ]);
    frame().cell({ type: "part", id: 3, name: "chosen:1:a", from: 0, to: 9 });
    await until(() => heard().length === 4);
    session.close();
    expect(stopped).toEqual([7, 9]);
  });

  test("[H22] four parts are read at once, and the next ones when those have come or are not wanted any more", async () => {
    const asking = (): number[] =>
      frame().heardByCell.flatMap((message) => (message.type === "assetProgress" ? [message.id] : []));
    for (const id of [1, 2, 3, 4, 5]) frame().cell({ type: "part", id, name: "chosen:1:a", from: 0, to: id });
    await until(() => asking().length === 4);
    expect(asking()).toEqual([1, 2, 3, 4]);
    frame().cell({ type: "endAsset", id: 2 });
    await until(() => asking().length === 5);
    expect([asking(), stopped]).toEqual([[1, 2, 3, 4, 5], [2]]);
  });

  test("[H13] a run that is still waiting is interrupted without disturbing the one under way", async () => {
    await begin(1);
    session.run(request(2));
    session.interrupt(2);
    expect(events.at(-1)).toEqual({ type: "interrupted", run: 2, rung: "abort" });
    await finish(1);
  });

  test("[H23] a run that is superseded is told, and nobody else; it may end as one that was stopped, or go on", async () => {
    await begin(1);
    session.supersede(1);
    await until(() => frame().heardByCell.some((message) => message.type === "supersede"));
    await pass(ABORT_MS * 2);
    await finish(1);
    await begin(2);
    session.run(request(3));
    session.supersede(2);
    session.supersede(3);
    expect(events.at(-1)).toEqual({ type: "interrupted", run: 3, rung: "abort" });
    frame().gpuAnswersPings = false;
    frame().cell({ type: "stopped", run: 2 });
    await until(() => seen("interrupted").length === 2);
    await pass(GPU_MS * 2);
    await begin(4);
    expect(seen("lost")).toEqual([]);
    expect(frame().heardByGpu.filter(({ type }) => type === "abort" || type === "ping")).toEqual([]);
  });

  const probe = { kind: "variant", kernel: "k", launch: 0, wgsl: "" } as const;
  const asked = (): Extract<ToGpu, { type: "probe" }>[] =>
    frame().heardByGpu.filter((message) => message.type === "probe");
  const ranInCell = (run: number): boolean =>
    frame().heardByCell.some((message) => message.type === "run" && message.run === run);

  test("[H14] a run with a probe begins when the GPU worker knows of it; what it finds comes as an event", async () => {
    session.run({ ...request(1), probe });
    await until(() => asked().length === 1);
    expect(asked()[0]).toMatchObject({ run: 1, probe });
    await until(() => true);
    expect(ranInCell(1)).toBe(false);
    frame().gpu({ type: "probing", id: asked()[0]?.id ?? -1 });
    await until(() => ranInCell(1));
    const result = { kind: "refused", kernel: "k", fault: { code: "a", message: "b" } } as const;
    frame().gpu({ type: "probed", run: 1, result });
    await until(() => some("probed"));
    expect(seen("probed")).toEqual([{ type: "probed", run: 1, result }]);
    await finish(1);
  });

  test("[H15] a run that waits for its probe can be interrupted; one whose GPU worker ends runs without", async () => {
    session.run({ ...request(1), probe });
    session.interrupt(1);
    expect(events.at(-1)).toEqual({ type: "interrupted", run: 1, rung: "abort" });
    await until(() => asked().length === 1);
    frame().gpu({ type: "probing", id: asked()[0]?.id ?? -1 });
    session.run({ ...request(2), probe });
    frame().answersPings = false;
    await pass(BEAT_MS * (MOST_SILENT_BEATS + 2));
    await until(() => frames.length === 2 && ranInCell(2));
    expect(seen("probed")).toMatchObject([{ run: 2, result: { kind: "refused" } }]);
    expect(ranInCell(1)).toBe(false);
  });

  const told = (): readonly ToGpu[] => frame().heardByGpu.filter(({ type }) => type === "tuner");

  test("[H16] what the tuner is told to keep to, the next frame's is told, too; what it is told to do once, is not", async () => {
    const pins = { kind: "pins", pins: [{ key: "k", config: "{}" }] } as const;
    session.tune(pins);
    session.tune({ kind: "auto", on: true });
    session.tune({ kind: "auto", on: false });
    session.tune({ kind: "tune" });
    await until(() => told().length === 4);
    frame().answersPings = false;
    await pass(BEAT_MS * (MOST_SILENT_BEATS + 2));
    await until(() => frames.length === 2 && told().length === 2);
    expect(told()).toEqual([
      { type: "tuner", order: pins },
      { type: "tuner", order: { kind: "auto", on: false } },
    ]);
  });

  test("[H17] times are kept by the app, and given to the next worker on such a device", async () => {
    frame().gpu({ type: "tunings", device: "x" });
    await until(() => frame().heardByGpu.some(({ type }) => type === "keptTunings"));
    frame().gpu({ type: "keepTunings", device: "x", text: "times" });
    await until(() => kept.has("x"));
    frame().gpu({ type: "tunings", device: "x" });
    frame().gpu({ type: "tunings", device: "broken" });
    const answers = (): readonly ToGpu[] => frame().heardByGpu.filter(({ type }) => type === "keptTunings");
    await until(() => answers().length === 3);
    // A shelf that fails has kept nothing.
    expect(answers()).toEqual([
      { type: "keptTunings" },
      { type: "keptTunings", text: "times" },
      { type: "keptTunings" },
    ]);
  });

  test("[H18] tables are told and merged when the page asks; what the worker refuses, the page hears", async () => {
    const [table, merged] = [session.tunings(), session.mergeTunings("{}", "x.json")];
    const refused = session.mergeTunings("[", "y.json");
    const heard = (type: ToGpu["type"]): readonly ToGpu[] =>
      frame().heardByGpu.filter((message) => message.type === type);
    await until(() => heard("mergeTunings").length === 2);
    expect(heard("mergeTunings")[0]).toEqual({ type: "mergeTunings", id: 1, text: "{}", from: "x.json" });
    frame().gpu({ type: "tuningsTold", id: 1, text: "times" });
    const came = { adapter: "a", measured: "elsewhere", kernels: 2, learned: 0 } as const;
    frame().gpu({ type: "tuningsMerged", id: 1, merged: came });
    frame().gpu({ type: "tuningsRefused", id: 2, fault: { code: "decode/json", message: "no JSON" } });
    expect([await table, await merged]).toEqual(["times", came]);
    await expect(refused).rejects.toMatchObject({ code: "decode/json", message: "no JSON" });
  });
});
