import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Target } from "@tilebook/compiler";
import { launchChromium } from "../chromium.ts";
import { launchFirefox } from "../firefox.ts";
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
  return {
    offer,
    target: offer,
    run: opened.run,
    close: async () => {
      await opened.close();
      server.close();
    },
  };
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
