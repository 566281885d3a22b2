import { analyzeCell } from "@tilebook/lang";
import type { FaultData } from "@tilebook/base";
import type { InputValue, Output } from "@tilebook/notebook";
import { cellGlobals, openSandbox, type Rung, type Sandbox, type SandboxEvent } from "../src/index.ts";

/* The page the browser test drives: a sandbox, and a way to run cells in it. */

export interface Ended {
  readonly how: "finished" | "failed" | "interrupted";
  readonly fault?: FaultData;
  readonly rung?: Rung;
  readonly outputs: readonly Output[];
  readonly milliseconds: number;
}

export interface TestDoor {
  open(options?: {
    readonly interpreter?: boolean;
  }): Promise<{ readonly kind: string; readonly reason?: string }>;
  /** Runs one cell to its end. */
  run(cell: string, text: string, inputs?: Record<string, InputValue>): Promise<Ended>;
  /** Starts a cell, waits until it runs, interrupts it, and tells how long that took to answer. */
  interruptAfter(
    cell: string,
    text: string,
    milliseconds: number,
  ): Promise<Ended & { readonly answered: number }>;
  events(): readonly SandboxEvent[];
  sandbox(): Sandbox;
}

let sandbox: Sandbox | undefined;
let nextRun = 1;
const heard: SandboxEvent[] = [];
const globals = new Set(cellGlobals);

const door: TestDoor = {
  open: async (options = {}) => {
    sandbox?.close();
    heard.length = 0;
    sandbox = openSandbox({
      frameUrl: new URL("/frame.html", location.href).href,
      asset: async (name) => {
        if (name !== "hello.txt") throw new Error(`there is no asset ${name}`);
        return new TextEncoder().encode("1,2\n3,4\n");
      },
      budgetBytes: 256 << 20,
      ...options,
    });
    sandbox.listen((event) => heard.push(event));
    return sandbox.ready;
  },
  run: (cell, text, inputs = {}) => {
    const run = begin(cell, text, inputs);
    return ended(run);
  },
  interruptAfter: async (cell, text, milliseconds) => {
    const run = begin(cell, text, {});
    await until((event) => event.type === "started" && event.run === run);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    const end = ended(run);
    const start = performance.now();
    door.sandbox().interrupt(run);
    const result = await end;
    return { ...result, answered: performance.now() - start };
  },
  events: () => heard,
  sandbox: () => {
    if (sandbox === undefined) throw new Error("no sandbox is open");
    return sandbox;
  },
};

function begin(cell: string, text: string, inputs: Record<string, InputValue>): number {
  const run = nextRun;
  nextRun += 1;
  const analysis = analyzeCell({ id: cell, text }, { globals });
  door.sandbox().run({ run, cell, kind: "ts", text, analysis, inputs });
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
  if (end.type === "failed") return { how: "failed", fault: end.fault, outputs, milliseconds: 0 };
  if (end.type === "interrupted") return { how: "interrupted", rung: end.rung, outputs, milliseconds: 0 };
  const milliseconds = end.type === "finished" ? end.cost.milliseconds : 0;
  return { how: "finished", outputs, milliseconds };
}

Object.assign(window, { door });
