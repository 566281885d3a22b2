import type { Greeting, ToFrame, WorkerName } from "../protocol/frame.ts";
import { dataWorker } from "./bootstrap.ts";
import { Kept } from "./kept.ts";

/*
 * The frame page. It runs only our code: it starts and ends the two workers, joins them by a channel of their own,
 * answers the heartbeat, and keeps copies of the cells' plain values for the next cell worker.
 */

interface Running {
  readonly worker: Worker;
  readonly generation: number;
}

const running = new Map<WorkerName, Running>();
const kept = new Kept();
let texts: Record<WorkerName, string> | undefined;

// Opened as a page of its own, or framed without `sandbox`, this page would run posted code on our own origin.
if (self.origin === "null" && window.parent !== window) {
  window.addEventListener("message", greet);
  window.parent.postMessage("tilebook-frame", "*");
} else {
  document.documentElement.textContent = "This page only works inside Tilebook.";
}

function greet(event: MessageEvent): void {
  const greeting = event.data as Greeting | undefined;
  const port = event.ports[0];
  if (event.source !== window.parent || greeting?.type !== "tilebook-sandbox" || port === undefined) return;
  window.removeEventListener("message", greet);
  port.addEventListener("message", (message: MessageEvent<ToFrame>) => obey(port, message));
  port.start();
  port.postMessage({ type: "hello", nonce: greeting.nonce });
}

function obey(port: MessagePort, { data, ports }: MessageEvent<ToFrame>): void {
  switch (data.type) {
    case "load":
      texts = { cell: data.cell, gpu: data.gpu };
      return;
    case "start":
      return start(port, data.worker, data.generation, ports);
    case "join":
      return running.get("gpu")?.worker.postMessage({ generation: data.generation }, [...ports]);
    case "end":
      return end(port, data.worker);
    case "ping":
      return port.postMessage({ type: "pong", beat: data.beat });
  }
}

function end(port: MessagePort, name: WorkerName): void {
  const old = running.get(name);
  if (old === undefined) return;
  running.delete(name);
  if (name === "gpu") kept.dropTensors();
  old.worker.terminate();
  port.postMessage({ type: "ended", worker: name, generation: old.generation });
}

function start(port: MessagePort, name: WorkerName, generation: number, ports: readonly MessagePort[]): void {
  end(port, name);
  const line = ports[0];
  if (texts === undefined || line === undefined) return;
  const worker = dataWorker(`tilebook ${name}`);
  running.set(name, { worker, generation });
  const broken = (message: string): void => {
    if (running.get(name)?.worker === worker)
      port.postMessage({ type: "broken", worker: name, generation, message });
  };
  worker.addEventListener("error", (event) => broken(event.message.slice(0, 1000)));
  worker.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    const said = data as { readonly type?: unknown; readonly message?: unknown } | null;
    if (said?.type === "broken") broken(String(said.message).slice(0, 1000));
    else if (name === "cell" && running.get("cell")?.worker === worker) kept.hear(data);
  });
  const gpu = name === "cell" ? running.get("gpu")?.worker : undefined;
  if (gpu === undefined) return worker.postMessage({ text: texts[name], generation }, [line]);
  const { port1, port2 } = new MessageChannel();
  gpu.postMessage({ generation }, [port1]);
  worker.postMessage({ text: texts[name], generation, kept: kept.all() }, [line, port2]);
}
