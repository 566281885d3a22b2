import type { FaultData } from "@tilebook/base";
import { analyzeCell } from "@tilebook/lang";
import type { InputValue, Output } from "@tilebook/notebook";
import {
  analyzeWgsl,
  cellGlobals,
  openSandbox,
  type Rung,
  type Sandbox,
  type SandboxEvent,
} from "@tilebook/sandbox";
import { channels, type Leak, tryAll } from "./channels.ts";

/* The page the browser test drives: a sandbox, and a way to run cells in it. */

export interface Ended {
  readonly how: "finished" | "failed" | "interrupted";
  readonly fault?: FaultData;
  readonly rung?: Rung;
  readonly outputs: readonly Output[];
  readonly milliseconds?: number;
}

export interface Door {
  /** Opens a sandbox in the place of the one before. */
  open(options?: {
    readonly interpreter?: boolean;
  }): Promise<{ readonly kind: string; readonly reason?: string }>;
  /** Runs one cell to its end. `readElsewhere` are the names of it that other cells use. */
  run(
    cell: string,
    text: string,
    inputs?: Readonly<Record<string, InputValue>>,
    readElsewhere?: readonly string[],
  ): Promise<Ended>;
  /** Starts a cell, lets it run, interrupts it, and tells in milliseconds how soon the interrupt answered. */
  interrupt(cell: string, text: string, after: number): Promise<Ended & { readonly answered: number }>;
  events(): readonly SandboxEvent[];
  sandbox(): Sandbox;
  /** Leaves something in every storage of this origin that a cell might look for. */
  hide(canary: string): Promise<void>;
  /** Tries all channels in a data: worker of the frame, without our hygiene. */
  leaksOfFrame(trap: string): Promise<readonly Leak[]>;
  /** The control: tries all channels in a worker of a page without walls. */
  leaksOfPage(trap: string): Promise<readonly Leak[]>;
}

let sandbox: Sandbox | undefined;
let nextRun = 1;
const heard: SandboxEvent[] = [];
const globals = new Set(cellGlobals);

const door: Door = {
  open: (options = {}) => {
    sandbox?.close();
    heard.length = 0;
    sandbox = openSandbox({
      frameUrl: new URL("/frame.html", location.href).href,
      files: { open: asset, part: () => Promise.reject(new Error("no parts")) },
      budgetBytes: 256 << 20,
      ...options,
    });
    sandbox.listen((event) => heard.push(event));
    return sandbox.ready;
  },
  run: (cell, text, inputs = {}, readElsewhere = []) => ended(begin(cell, text, inputs, readElsewhere)),
  interrupt: async (cell, text, after) => {
    const run = begin(cell, text, {});
    await until((event) => event.type === "started" && event.run === run);
    await wait(after);
    const end = ended(run);
    const start = performance.now();
    door.sandbox().interrupt(run);
    return { ...(await end), answered: performance.now() - start };
  },
  events: () => heard,
  sandbox: () => {
    if (sandbox === undefined) throw new Error("no sandbox is open");
    return sandbox;
  },
  hide,
  leaksOfFrame,
  leaksOfPage: (trap) => leaksOf(new Worker(`data:text/javascript,${encodeURIComponent(leakScript(trap))}`)),
};

Object.assign(window, { door });
// By itself: no driver can reach a page whose frame has crashed.
if (location.hash === "#bomb") void bomb();

async function asset(name: string): Promise<Uint8Array> {
  if (name !== "hello.csv") throw new Error(`there is no asset ${name}`);
  return new TextEncoder().encode("1,2\n3,4\n");
}

function begin(
  cell: string,
  text: string,
  inputs: Readonly<Record<string, InputValue>>,
  readElsewhere: readonly string[] = [],
): number {
  const run = nextRun;
  nextRun += 1;
  const kind = text.includes("@compute") ? "wgsl" : "ts";
  const analysis =
    kind === "ts" ? analyzeCell({ id: cell, text }, { globals }) : analyzeWgsl({ id: cell, text });
  door.sandbox().run({ run, cell, kind, text, analysis, inputs, readElsewhere });
  return run;
}

function until(wanted: (event: SandboxEvent) => boolean): Promise<SandboxEvent> {
  return new Promise((resolve) => {
    const found = heard.find(wanted);
    if (found !== undefined) return resolve(found);
    const stop = door.sandbox().listen((event) => {
      if (!wanted(event)) return;
      stop();
      resolve(event);
    });
  });
}

async function ended(run: number): Promise<Ended> {
  const end = await until(
    (event) =>
      (event.type === "finished" || event.type === "failed" || event.type === "interrupted") &&
      event.run === run,
  );
  const outputs: Output[] = [];
  for (const event of heard)
    if (event.type === "output" && event.run === run) outputs[event.index] = event.output;
  if (end.type === "failed") return { how: "failed", fault: end.fault, outputs };
  if (end.type === "interrupted") return { how: "interrupted", rung: end.rung, outputs };
  if (end.type === "finished") return { how: "finished", outputs, milliseconds: end.cost.milliseconds };
  throw new Error(`unexpected ${end.type}`);
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function hide(canary: string): Promise<void> {
  localStorage.setItem("secret", canary);
  sessionStorage.setItem("secret", canary);
  document.cookie = `secret=${canary}`;
  await caches.open(canary);
  await (await navigator.storage.getDirectory()).getFileHandle(canary, { create: true });
  const request = indexedDB.open("secret", 1);
  request.addEventListener("upgradeneeded", () => request.result.createObjectStore(canary));
  await new Promise((resolve) => request.addEventListener("success", resolve));
}

function leakScript(trap: string): string {
  return `(async () => {
    const [trap, channels] = ${JSON.stringify([trap, channels])};
    const back = postMessage.bind(self);
    const tried = await (async () => { ${tryAll} })();
    back({ tried });
    if (self.tilebookBoot) self.tilebookBoot.ports[0].postMessage({ tried });
  })();`;
}

function leaksOf(worker: Worker): Promise<readonly Leak[]> {
  return new Promise((resolve) =>
    worker.addEventListener("message", ({ data }: MessageEvent<{ readonly tried?: readonly Leak[] }>) => {
      if (data.tried !== undefined) resolve(data.tried);
    }),
  );
}

/** Speaks to a frame page of its own in the sandbox's protocol, with another script for the worker. */
async function leaksOfFrame(trap: string): Promise<readonly Leak[]> {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.src = "/frame.html";
  document.body.append(frame);
  await new Promise<void>((resolve) => {
    addEventListener("message", (event) => {
      if (event.source === frame.contentWindow) resolve();
    });
  });
  const frameLine = new MessageChannel();
  frame.contentWindow?.postMessage({ type: "tilebook-sandbox", nonce: "n" }, "*", [frameLine.port2]);
  const workerLine = new MessageChannel();
  const answer = new Promise<readonly Leak[]>((resolve) => {
    workerLine.port1.addEventListener(
      "message",
      ({ data }: MessageEvent<{ readonly tried: readonly Leak[] }>) => resolve(data.tried),
    );
    workerLine.port1.start();
  });
  frameLine.port1.postMessage({ type: "load", cell: "", gpu: leakScript(trap) }, []);
  frameLine.port1.postMessage({ type: "start", worker: "gpu", generation: 1 }, [workerLine.port2]);
  const leaks = await answer;
  frame.remove();
  return leaks;
}

/** A cell eats all memory. The page must live, notice, and have a working sandbox again. */
async function bomb(): Promise<void> {
  await door.open();
  await door.run("keep", "const answer = 42");
  let longestGap = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longestGap = Math.max(longestGap, performance.now() - last);
    last = performance.now();
  }, 10);
  const start = performance.now();
  const end = await door.run(
    "bomb",
    "const all: number[][] = [];\nwhile (true) all.push(new Array(1_000_000).fill(0.5));",
  );
  const died = performance.now();
  await until((event) => event.type === "device" && heard.indexOf(event) > 0);
  const again = await door.run("again", "20 + 2");
  clearInterval(timer);
  const value = {
    end,
    again,
    lost: heard.filter((event) => event.type === "lost"),
    longestGap,
    lived: died - start,
    recovered: performance.now() - died,
  };
  await fetch("/report", { method: "POST", body: JSON.stringify({ name: "bomb", value }) });
}
