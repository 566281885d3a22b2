import { loadavg } from "node:os";
import { runGrid } from "../rig/engine/grid.ts";
import { gridCases } from "../rig/engine/grid-cases.ts";
import { type EngineName, openEngine } from "../rig/engine/open.ts";

/**
 * npm run grid:firefox, npm run grid - every way to compute a grid of kernels, run by a browser and held against the f64
 * interpreter. The e2e tests run a sample of them.
 */
export async function main([name = "chromium", filter = "."]: readonly string[]): Promise<number> {
  const engine = await openEngine(name as EngineName);
  try {
    say(`${engine.offer.name}, load ${loadavg()[0]?.toFixed(1)}`);
    const [chosen, start] = [new RegExp(filter), performance.now()];
    let failed = 0;
    for (const one of gridCases(engine.target.f16).filter((each) => chosen.test(each.name))) {
      const began = performance.now();
      const { cases, wrong } = await runGrid(engine, [one]);
      const [{ configs, codes } = { configs: 0, codes: 0 }] = cases;
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      say(
        `${wrong.length === 0 ? "good " : "WRONG"} ${one.name}: ${codes} codes of ${configs} configs, ${seconds} s`,
      );
      for (const what of wrong) say(`  ${what.slice(0, 2_000)}`);
      failed += wrong.length;
    }
    say(
      `${failed === 0 ? "all are right" : `${failed} are wrong`}, ${((performance.now() - start) / 1000).toFixed(0)} s`,
    );
    return failed === 0 ? 0 : 1;
  } finally {
    await engine.close();
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
