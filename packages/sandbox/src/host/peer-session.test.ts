import { Fault, ManualClock } from "@tilebook/base";
import { portableTarget } from "@tilebook/compiler";
import { GraphMaker } from "@tilebook/compiler/testing";
import type { Graph } from "@tilebook/ir";
import { openInterpreter } from "@tilebook/runtime";
import { beforeEach, describe, expect, test } from "vitest";
import { Compiler } from "../gpu/compiler.ts";
import { Desk } from "../gpu/desk.ts";
import { TensorTable } from "../gpu/tensors.ts";
import type { PeerDeviceEvent } from "../peer-device.ts";
import type { FromFrame, ToFrame } from "../protocol/frame.ts";
import type { FromGpu, ToGpu } from "../protocol/gpu.ts";
import { BEAT_MS, MOST_SILENT_BEATS } from "./heartbeat.ts";
import { MOST_SILENT_WATCHES, PeerSession, WATCH_MS } from "./peer-session.ts";
import { MOST_BAD_MESSAGES } from "./rooms.ts";
import { MOST_BROKEN_FRAMES, START_MS } from "./session.ts";

const device: FromGpu = {
  type: "device",
  report: { kind: "interpreter", name: "test", features: [], limits: {}, timestamps: false },
};

/** A frame whose GPU worker is the real desk on the interpreter, in this process. */
class FrameHere {
  readonly line: MessageChannel = new MessageChannel();
  /** A worker that is stuck: what it is asked for waits. */
  stuck = false;
  answersPings = true;
  removed = false;
  gpu: MessagePort | undefined;
  tensors: MessagePort | undefined;
  aborts: number[] = [];
  #desk: Desk | undefined;

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

  #hear(message: ToFrame, [port]: readonly MessagePort[]): void {
    if (message.type === "ping" && this.answersPings) this.say({ type: "pong", beat: message.beat });
    if (message.type === "end") this.say({ type: "ended", worker: "gpu", generation: 1 });
    if (message.type === "start" && port !== undefined) this.#start(port);
    if (message.type === "join" && port !== undefined) {
      this.tensors = port;
      if (!this.stuck) this.#desk?.join(port, message.generation);
    }
  }

  #start(port: MessagePort): void {
    const executor = openInterpreter({ budgetBytes: 1 << 20 });
    const tensors = new TensorTable(executor);
    const compiler = new Compiler(() => portableTarget);
    this.#desk = new Desk({ executor, gpu: undefined, compiler, tensors, toApp: () => undefined });
    this.gpu = port;
    port.addEventListener("message", ({ data }: MessageEvent<ToGpu>) => {
      if (data.type === "ping" && !this.stuck) port.postMessage({ type: "pong", beat: data.beat });
      if (data.type !== "abort") return;
      this.aborts.push(data.run);
      this.#desk?.abort(data.run);
    });
    port.start();
    port.postMessage(device);
  }
}

const type = { dtype: "f32", shape: [3] } as const;
const bytesOf = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const numbersOf = (bytes: Uint8Array): number[] => [...new Float32Array(bytes.slice().buffer)];

function twice(tensor: string): Graph {
  const maker = new GraphMaker();
  const x = maker.input(tensor, [3]);
  return maker.graph([maker.binary("add", x, x)]);
}

describe("a device for others", () => {
  let clock: ManualClock;
  let frames: FrameHere[];
  let session: PeerSession;
  let events: PeerDeviceEvent[];

  const frame = (): FrameHere => {
    const last = frames.at(-1);
    if (last === undefined) throw new Error("there is no frame");
    return last;
  };

  async function open(change: (frame: FrameHere) => void = () => undefined): Promise<void> {
    clock = new ManualClock();
    frames = [];
    events = [];
    session = new PeerSession(
      { frameUrl: "frame.html", budgetBytes: 1 << 20 },
      {
        clock,
        texts: Promise.resolve({ cell: "", gpu: "" }),
        openFrame: (nonce) => {
          const made = new FrameHere(nonce);
          change(made);
          frames.push(made);
          return { port: made.line.port1, remove: () => (made.removed = true) };
        },
      },
    );
    session.listen((event) => events.push(event));
    await session.ready;
  }

  beforeEach(() => open());

  async function doubled(): Promise<number[]> {
    const tensor = session.upload(bytesOf(1, 2, 3), type);
    const [output = ""] = await session.run(twice(tensor));
    return numbersOf(await session.read(output));
  }

  test("[PD1] computes a graph over what was sent, and holds no more than it owes", async () => {
    const tensor = session.upload(bytesOf(1, 2, 3), type);
    const [output = ""] = await session.run(twice(tensor));
    expect(numbersOf(await session.read(output))).toEqual([2, 4, 6]);
    expect(await session.memory()).toMatchObject({ liveBytes: 32 });
    session.free(tensor);
    session.free(output);
    session.free(output);
    expect(await session.memory()).toMatchObject({ liveBytes: 0 });
    expect(session.report.kind).toBe("interpreter");
  });

  test("[PD11] it is settled when it has done what was asked for before", async () => {
    const done: string[] = [];
    const tensor = session.upload(bytesOf(1, 2, 3), type);
    const running = session.run(twice(tensor)).then(() => done.push("run"));
    await session.settled().then(() => done.push("settled"));
    await running;
    expect(done).toEqual(["run", "settled"]);
  });

  test("[PD2] a view sends its own bytes only; wrong sizes are refused", async () => {
    const all = bytesOf(9, 1, 2, 3);
    const tensor = session.upload(all.subarray(4), type);
    expect(numbersOf(await session.read(tensor))).toEqual([1, 2, 3]);
    expect(all).toHaveLength(16);
    expect(() => session.upload(all, type)).toThrow(/bytes/);
  });

  test("[PD3] a graph that the worker refuses is a fault, and its outputs are nothing", async () => {
    await expect(session.run(twice("nobody"))).rejects.toMatchObject({ code: "executor/unknown-tensor" });
    const node = { kind: "input", tensor: "x", type } as const;
    const wrong: Graph = { nodes: [node], kernels: [], outputs: [4] };
    await expect(session.run(wrong)).rejects.toBeInstanceOf(Fault);
    expect(await session.memory()).toMatchObject({ liveBytes: 0 });
  });

  test("[PD4] a run is stopped by its signal", async () => {
    const tensor = session.upload(bytesOf(1, 2, 3), type);
    const stop = new AbortController();
    const running = session.run(twice(tensor), stop.signal);
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: "run/stopped" });
    await expect(session.run(twice(tensor), stop.signal)).rejects.toMatchObject({ code: "run/stopped" });
    expect(frame().aborts).toHaveLength(1);
    expect(await session.memory()).toMatchObject({ liveBytes: 16 });
  });

  test("[PD5] a worker that says nothing for a minute is ended; who waited gets a fault, and the next one computes", async () => {
    await open((made) => (made.stuck = true));
    const tensor = session.upload(bytesOf(1, 2, 3), type);
    const running = session.run(twice(tensor));
    for (let watch = 0; watch <= MOST_SILENT_WATCHES; watch += 1) clock.advance(WATCH_MS);
    frame().stuck = false;
    await expect(running).rejects.toMatchObject({ code: "executor/lost-device" });
    await until(() => events.at(-1)?.type === "device" && events.some(({ type: kind }) => kind === "lost"));
    expect(events.find(({ type: kind }) => kind === "lost")).toMatchObject({ recovering: true });
    await expect(session.read(tensor)).rejects.toMatchObject({ code: "executor/unknown-tensor" });
    expect(await doubled()).toEqual([2, 4, 6]);
  });

  test("[PD6] a frame that dies is replaced; what waited, and tensors of before, end in faults", async () => {
    await open((made) => (made.stuck = frames.length === 0));
    const tensor = session.upload(bytesOf(1, 2, 3), type);
    const reading = session.read(tensor);
    frame().answersPings = false;
    for (let beat = 0; beat <= MOST_SILENT_BEATS; beat += 1) clock.advance(BEAT_MS);
    await expect(reading).rejects.toMatchObject({ code: "executor/lost-device" });
    expect(frames).toHaveLength(2);
    expect(() => session.upload(bytesOf(1, 2, 3), type)).toThrow(/next one is not there yet/);
    await until(() => events.filter(({ type: kind }) => kind === "device").length === 2);
    await expect(session.read(tensor)).rejects.toMatchObject({ code: "executor/unknown-tensor" });
    expect(await doubled()).toEqual([2, 4, 6]);
  });

  test("[PD7] frames that break one after another are not replaced for ever", async () => {
    for (let at = 1; at <= MOST_BROKEN_FRAMES; at += 1) {
      frame().say({ type: "broken", worker: "gpu", generation: 1, message: "no" });
      await until(() => frames.length > at || events.some((one) => one.type === "lost" && !one.recovering));
      await until(() => events.filter(({ type: kind }) => kind === "device").length > at || at > 3);
    }
    expect(frames).toHaveLength(MOST_BROKEN_FRAMES);
    expect(events.at(-1)).toMatchObject({ type: "lost", recovering: false });
    await expect(session.run(twice("x"))).rejects.toMatchObject({ code: "sandbox/worker" });
    expect(frames.every(({ removed }) => removed)).toBe(true);
  });

  test("[PD8] answers that make no sense close the frame", async () => {
    for (let at = 0; at < MOST_BAD_MESSAGES; at += 1) frame().tensors?.postMessage({ type: "done", id: "x" });
    await until(() => frames.length === 2);
    expect(frames[0]?.removed).toBe(true);
  });

  test("[PD9] after close everything fails, and nothing hangs", async () => {
    await open((made) => (made.stuck = true));
    const reading = session.read(session.upload(bytesOf(1, 2, 3), type));
    session.close();
    await expect(reading).rejects.toMatchObject({ code: "executor/closed" });
    await expect(session.measure()).rejects.toMatchObject({ code: "executor/closed" });
    expect(() => session.upload(bytesOf(1, 2, 3), type)).toThrow(/was closed/);
    expect(frame().removed).toBe(true);
    // Whoever closes it knows.
    expect(events.filter(({ type: kind }) => kind === "lost")).toEqual([]);
  });

  test("[PD10] frames that never come to work are told in the end, too", async () => {
    await open((made) => (made.answersPings = true));
    for (let at = 1; at < MOST_BROKEN_FRAMES; at += 1) {
      frame().say({ type: "broken", worker: "gpu", generation: 1, message: "no" });
      await until(() => frames.length > at);
    }
    // The last one dies before its worker is asked for.
    frame().answersPings = false;
    frame().say({ type: "broken", worker: "gpu", generation: 0, message: "no" });
    for (let beat = 0; beat <= MOST_SILENT_BEATS + 1; beat += 1) {
      clock.advance(BEAT_MS);
      await Promise.resolve();
    }
    clock.advance(START_MS);
    await until(() => events.some((one) => one.type === "lost" && !one.recovering));
    await expect(session.run(twice("x"))).rejects.toBeInstanceOf(Fault);
  });
});

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000 && !holds(); turn += 1)
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
  expect(holds()).toBe(true);
}
