import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { compileKernel, type Target } from "@tilebook/compiler";
import { lowerKernel } from "@tilebook/lang";
import { launchChromium } from "../chromium.ts";
import { launchFirefox } from "../firefox.ts";
import { jobOf, type Launching, outcomeOf } from "./job.ts";
import { type Answer, type Job, type Offer, openDevice, runJobs } from "./page.ts";

/** A browser's WebGPU, to run kernels on. */
export interface Engine {
  readonly offer: Offer;
  /** What the compiler may use here: the most that this engine's adapter has. */
  readonly target: Target;
  run(jobs: readonly Job[]): Promise<readonly Answer[]>;
  close(): Promise<void>;
}

export type EngineName = "chromium" | "firefox";

interface Opened {
  readonly open: () => Promise<Offer>;
  readonly run: (jobs: readonly Job[]) => Promise<readonly Answer[]>;
  readonly close: () => Promise<void>;
}

export async function openEngine(name: EngineName): Promise<Engine> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><title>kernels</title>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const opened = await browsers[name](url);
  const offer = await opened.open();
  const loopTurns = await countTurns(opened.run, offer);
  return {
    offer,
    target: { ...offer, ...(loopTurns === undefined ? {} : { loopTurns }) },
    run: opened.run,
    close: async () => {
      await opened.close();
      server.close();
    },
  };
}

/** No engine is known that cuts a loop later than this. */
const manyTurns = 200_000;

/** After how many turns the engine cuts a loop, if it does. */
async function countTurns(run: Opened["run"], target: Target): Promise<number | undefined> {
  const text = `kernel((x: Ptr<"i32">, y: Ptr<"i32">) => {
    let turns = 0;
    for (let j = 0; j < load(x); j += 1) turns += 1;
    store(y, turns);
  })`;
  const kernel = lowerKernel({ source: "rig", text, kernel: "k0", captured: {} });
  const [asked, counted] = [Float64Array.of(manyTurns), new Float64Array(1)];
  const launching: Launching = {
    compiled: compileKernel(kernel, target),
    grid: [1, 1, 1],
    arguments: [
      { dtype: "i32", values: asked },
      { dtype: "i32", values: counted },
    ],
  };
  const [answer = { refused: "no answer" }] = await run([jobOf(launching)]);
  const turns = outcomeOf(launching, answer).buffers[1]?.[0] ?? 0;
  return turns === manyTurns ? undefined : turns;
}

const browsers: Record<EngineName, (url: string) => Promise<Opened>> = {
  chromium: async (url) => {
    const browser = await launchChromium();
    const page = await browser.newPage();
    await page.goto(url);
    return {
      open: () => page.evaluate(openDevice),
      run: (jobs) => page.evaluate(runJobs, jobs),
      close: () => browser.close(),
    };
  },
  firefox: async (url) => {
    const browser = await launchFirefox();
    const page = await browser.newPage();
    await page.goto(url);
    return {
      open: () => page.evaluate(openDevice),
      run: (jobs) => page.evaluate(runJobs, jobs),
      close: () => browser.close(),
    };
  },
};
