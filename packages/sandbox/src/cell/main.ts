import type { Span } from "@tilebook/base";
import type { LaunchMessages } from "@tilebook/runtime";
import { showPrinted } from "./printed.ts";
import { encodeGraph, type Graph } from "@tilebook/ir";
import { warmUp } from "@tilebook/lang";
import { createTensors } from "@tilebook/tensor";
import { takeBoot } from "../frame/bootstrap.ts";
import type { KeepMessage, KeptCell } from "../frame/kept.ts";
import type { FromCell, ToCell } from "../protocol/cell.ts";
import { type Asker, Assets } from "./assets.ts";
import { GpuLine, answerOf } from "./gpu-line.ts";
import { CellHost, type CellHostParts } from "./host.ts";
import { restore } from "./keep.ts";
import { lower } from "./lower.ts";
import type { MeshLine } from "./mesh-line.ts";
import { NaNSearches } from "./nan-searches.ts";
import { Places } from "./places.ts";
import { type KeptValues, Runner } from "./runner.ts";
import type { Scope } from "./scope.ts";
import { TensorRoom } from "./tensors.ts";
import { isOfEnding, Ticker } from "./tick.ts";
import { buildWalls } from "./walls.ts";

/* The cell worker: wires its lines together, restores what the worker before it left, and takes runs. */

/** How often the event loop says that it is alive. */
const REST_MS = 100;

interface CellBoot {
  readonly generation: number;
  readonly kept: readonly KeptCell[];
}

const booted = takeBoot();
const [appPort, gpuPort] = booted.ports;
if (appPort === undefined || gpuPort === undefined) throw new Error("the cell worker needs two ports");
/** The worker's own line to the frame, before it is taken away from the global object. */
const tellFrame: (message: KeepMessage) => void = self.postMessage.bind(self);
buildWalls();
Error.stackTraceLimit = 50;
start(booted.message as CellBoot, appPort, gpuPort);

function start(boot: CellBoot, app: MessagePort, gpu: MessagePort): void {
  const send = (said: FromCell): void => app.postMessage(said, []);
  const line = new GpuLine(gpu, boot.generation);
  const places = new Places();
  const ticker = new Ticker(() => performance.now());
  setInterval(() => ticker.rest(), REST_MS);
  const { tensors, host } = makeTensors({ line, places, scope: () => runner.scope, send });
  const askerOf = ({ cell, outputs, left }: Scope): Asker => ({
    here: () => places.find(new Error("here").stack ?? "", cell),
    progress: (...far) => outputs.progress(...far),
    signal: left,
  });
  const assets = new Assets({
    send,
    now: () => performance.now(),
    asker: () => runner.scope && askerOf(runner.scope),
  });
  const runner = new Runner({
    send,
    tensors,
    places,
    ticker,
    asset: (name, scope) => assets.get(name, askerOf(scope)),
    admit: async ({ source, text }) =>
      answerOf(await line.ask({ type: "admit", source, wgsl: text }), "admitted").admission,
    flush: async (run) => answerOf(await line.ask({ type: "flush", run }), "flushed").peakBytes,
    rejectAll: (fault) => line.rejectAll(fault),
    keep: (cell, values) =>
      tellFrame(values === undefined ? { type: "drop", cell } : { type: "keep", cell, values }),
    now: () => performance.now(),
  });
  const searches = new NaNSearches({
    find: (tensor, watch) => {
      const values = [...runner.environment.everything, ...(runner.scope?.shown ?? [])];
      return tensors.nanOrigin(tensor, values, watch);
    },
    send,
    now: () => performance.now(),
  });
  catchStrays(runner);
  app.addEventListener("message", ({ data }: MessageEvent<ToCell>) =>
    obey(data, { runner, assets, searches, mesh: host.mesh }),
  );
  app.start();
  restoreCells(boot.kept, runner, tensors);
  send({ type: "ready" });
  // Nobody has asked for anything yet: the first kernel finds the compiler's front warm.
  setTimeout(warmUp);
}

function encode(graph: Graph): string {
  return JSON.stringify(encodeGraph(graph));
}

interface TensorParts {
  readonly line: GpuLine;
  readonly places: Places;
  readonly scope: () => Scope | undefined;
  readonly send: (message: FromCell) => void;
}

/** The tensor API over the GPU worker. What it does belongs to the run that is under way. */
function makeTensors({ line, places, scope, send }: TensorParts): {
  readonly tensors: TensorRoom;
  readonly host: CellHost;
} {
  const caller = (): ReturnType<CellHostParts["caller"]> => scope() ?? { run: 0, cell: "" };
  const here = (): Span | undefined => places.find(new Error("here").stack ?? "", scope()?.cell);
  const printed = (messages: readonly LaunchMessages[]): void => showPrinted(messages, scope());
  const host = new CellHost({ line, lower, encode, caller, here, printed, send });
  const tensors = new TensorRoom(createTensors(host), {
    name: () => line.name(),
    here,
    run: ({ source, text }, entry, given) =>
      line.make(
        { type: "raw", run: caller().run, source, wgsl: text, entry, ...given },
        given.buffers.flatMap(({ tensor, of }) => (of === undefined ? [] : [tensor])),
      ),
  });
  return { tensors, host };
}

interface Obeying {
  readonly runner: Runner;
  readonly assets: Assets;
  readonly searches: NaNSearches;
  readonly mesh: MeshLine;
}

function obey(message: ToCell, { runner, assets, searches, mesh }: Obeying): void {
  switch (message.type) {
    case "run":
      return void runner.run(message);
    case "abort":
      return runner.abort(message.run);
    case "supersede":
      return runner.supersede(message.run);
    case "forget":
      return runner.forget(message.cell);
    case "asset":
      return assets.arrived(message.id, message.bytes);
    case "chosen":
      return assets.arrived(message.id, message);
    case "assetProgress":
      return assets.progressed(message.id, message.done, message.total);
    case "noAsset":
      return assets.refused(message.id, message.fault);
    case "meshed":
      return mesh.arrived(message.id, message.answer);
    case "unmeshed":
      return mesh.refused(message.id, message.fault);
    case "seekNaN":
      return void searches.begin(message.id, message.tensor);
    case "endSeek":
      return searches.end(message.id);
  }
}

/** Errors of timers and forgotten promises go to the console of the run under way, or the last one. */
function catchStrays(runner: Runner): void {
  const report = (event: Event, error: unknown): void => {
    event.preventDefault();
    if (!isOfEnding(error)) runner.scope?.log("error", [error]);
  };
  self.addEventListener("error", (event) => report(event, event.error));
  self.addEventListener("unhandledrejection", (event) => report(event, event.reason));
}

function restoreCells(kept: readonly KeptCell[], runner: Runner, tensors: TensorRoom): void {
  for (const { cell, values } of kept) {
    const { run, values: raw } = values as KeptValues;
    const scope = tensors.openScope(cell);
    const { names, shown } = restore(raw, tensors.restorer) as { names: object; shown: readonly unknown[] };
    runner.environment.land(cell, {
      run,
      values: new Map(Object.entries(names)),
      shown,
      leave: () => scope.close(),
      supersede: () => undefined,
    });
  }
}
