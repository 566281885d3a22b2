import { describe, expect, test } from "vitest";
import { Fault } from "@tilebook/base";
import { type Choice, type Config, portableTarget, type Way } from "@tilebook/compiler";
import { scale } from "../testing/kernels.ts";
import { configText } from "./config-text.ts";
import { Trial, type TrialSetup } from "./trial.ts";
import type { KernelTuning } from "./tuning.ts";

/** What the fake device does with a config. */
interface Fate {
  readonly ms?: number;
  readonly gives?: number;
  readonly wgsl?: string;
  readonly registers?: number;
  /** Text of a second launch. */
  readonly second?: string;
  /** Loops that are watched. */
  readonly watched?: number;
  readonly unmade?: string;
  readonly uncompiled?: string;
  readonly unrun?: string;
  /** Milliseconds of the later measurements, where they differ from the first. */
  readonly later?: number;
}

const named = (m: number): Config => ({ blocks: { m } });

function choiceOf(fates: readonly Fate[]): Choice {
  return {
    key: "a key",
    first: named(0),
    configs: fates.map((_, at) => named(at)),
    make: ({ blocks }) => {
      const at = blocks?.["m"] ?? 0;
      const { unmade, wgsl = `code ${at}`, registers = 1, watched = 0, second } = fates[at] ?? {};
      if (unmade !== undefined) throw new Fault("compile/no", unmade);
      const counts = { ...scale.counts, registers };
      const site = { kind: "assert", turns: true, text: "cut", dtype: "bool", shape: [] } as const;
      const sites = Array.from({ length: watched }, () => site);
      const kernel = { ...scale, key: String(at), wgsl, counts, sites };
      const way: Way = { kernel, grid: [1, 1, 1], scalars: [] };
      if (second === undefined) return way;
      const parts = { dtype: "f32", shape: [1] } as const;
      return { ...way, finish: { ...way, kernel: { ...scale, wgsl: second }, parts } };
    },
  };
}

function standOf(fates: readonly Fate[], asked: string[] = []): TrialSetup["stand"] {
  const fate = ({ kernel }: Way): Fate => fates[Number(kernel.key)] ?? {};
  return {
    compile: (way) => {
      const { uncompiled } = fate(way);
      return uncompiled === undefined
        ? Promise.resolve()
        : Promise.reject(new Fault("executor/wgsl", uncompiled));
    },
    once: (way) => {
      asked.push(way.kernel.key);
      const { ms = 1, gives = 5, unrun } = fate(way);
      if (unrun !== undefined) return Promise.reject(new Fault("tune/late", unrun));
      const bytes = new Uint8Array(Float32Array.of(gives).buffer);
      const written = [{ dtype: "f32" as const, bytes }];
      return Promise.resolve({ samples: [ms], repeats: 1, clock: "gpu", outputs: [], written });
    },
    again: (way, samples) => {
      asked.push(way.kernel.key);
      const { ms = 1, later = ms } = fate(way);
      return Promise.resolve(Array.from({ length: samples }, () => later));
    },
  };
}

function trial(fates: readonly Fate[], more: Partial<TrialSetup> = {}): Trial {
  return new Trial({
    choice: choiceOf(fates),
    target: portableTarget,
    incumbent: named(0),
    promising: [],
    stand: standOf(fates),
    signal: new AbortController().signal,
    enough: () => false,
    tried: () => undefined,
    ...more,
  });
}

const statuses = ({ candidates }: KernelTuning): readonly string[] => candidates.map(({ status }) => status);
const text = (at: number): string => configText(named(at));

describe("a trial of the ways to go", () => {
  test("[U30] the fastest right one wins, and each has its result", async () => {
    const found = await trial([{ ms: 3 }, { ms: 2 }, { ms: 2.5 }, { ms: 1, gives: 6 }]).run();
    expect(found.winner).toBe(text(1));
    expect(statuses(found)).toEqual(["measured", "measured", "measured", "wrong"]);
    expect(found.candidates[3]?.reason).toMatch(/normalised error/);
    expect(found.candidates[1]).toMatchObject({ milliseconds: 2, registers: 1, wgslBytes: 6 });
    expect(found).toMatchObject({ complete: true, clock: "gpu", kernel: "scale", key: "a key" });
  });

  test("[U31] what is used now stays, unless another is faster when they are measured in turns", async () => {
    const found = await trial([{ ms: 3 }, { ms: 2.99 }]).run();
    expect(found.winner).toBe(text(0));
    const lucky = await trial([{ ms: 3 }, { ms: 2, later: 3.1 }]).run();
    expect(lucky.winner).toBe(text(0));
  });

  test("[U32] the final two take turns", async () => {
    const asked: string[] = [];
    const fates = [{ ms: 3 }, { ms: 2 }];
    await trial(fates, { stand: standOf(fates, asked) }).run();
    expect(asked.slice(-6)).toEqual(["0", "1", "0", "1", "0", "1"]);
  });

  test("[U32a] of several finalists the one that is fastest in turns wins, whatever luck it had before", async () => {
    const fates = [{ ms: 9 }, { ms: 2, later: 5 }, { ms: 3, later: 3 }, { ms: 4, later: 4 }];
    const found = await trial(fates).run();
    expect(found.winner).toBe(text(2));
    expect(found.candidates.map(({ milliseconds }) => milliseconds)).toEqual([9, 5, 3, 4]);
  });

  test("[U32b] they take more turns while those leave it open, and what stays open replaces nothing", async () => {
    const asked: string[] = [];
    const fates = [{ ms: 3 }, { ms: 2 }];
    const stand = standOf(fates, asked);
    let turns = 0;
    const again: typeof stand.again = (way, samples) => {
      if (way.kernel.key === "1" || samples > 2) return stand.again(way, samples);
      turns += 1;
      // As fast at its best, however slow it is as a rule.
      return Promise.resolve(turns === 1 ? [2, 3] : [3, 3]);
    };
    const found = await trial(fates, { stand: { ...stand, again } }).run();
    expect([turns, found.winner]).toEqual([9, text(0)]);
  });

  test("[U33] what does not come about is dropped with its reason", async () => {
    const fates = [{}, { unmade: "not on this device" }, { uncompiled: "bad text" }, { unrun: "hangs" }];
    const found = await trial(fates).run();
    expect(found.candidates.slice(1).map(({ status, reason }) => [status, reason])).toEqual([
      ["failed", "not on this device"],
      ["failed", "bad text"],
      ["failed", "hangs"],
    ]);
    expect(found.winner).toBe(text(0));
  });

  test("[U33b] a config whose loops the device may cut is not tried, where the first one's are short enough", async () => {
    const found = await trial([{}, { watched: 1 }]).run();
    expect(found.candidates[1]).toMatchObject({
      status: "pruned",
      reason: expect.stringContaining("may cut them"),
    });
    expect(statuses(await trial([{ watched: 1 }, { watched: 1 }]).run())).toEqual(["measured", "measured"]);
  });

  test("[U33a] a reason of many words is cut: compilers say much", async () => {
    const found = await trial([{}, { uncompiled: "x".repeat(5000) }]).run();
    expect(found.candidates[1]?.reason?.length).toBe(401);
  });

  test("[U34] what is three times as slow is measured once; what counts say is too large, or was met, not at all", async () => {
    const asked: string[] = [];
    const fates = [{ ms: 1 }, { ms: 4 }, { registers: 5000 }, { wgsl: "code 0" }];
    const found = await trial(fates, { stand: standOf(fates, asked) }).run();
    expect(statuses(found)).toEqual(["measured", "slow", "pruned", "same"]);
    expect(asked).toEqual(["0", "0", "1"]);
    expect(found.candidates[1]).toMatchObject({ milliseconds: 4 });
  });

  test("[U98] what was slow for a kernel that does nearly the same is not tried, unless it is used now", async () => {
    const asked: string[] = [];
    const fates = [{}, { ms: 4 }, {}, { ms: 0.5 }];
    const slow = new Map([0, 1, 2].map((at) => [configText(named(at)), 2.5]));
    const more = { slow, incumbent: named(2), stand: standOf(fates, asked) };
    const found = await trial(fates, more).run();
    expect(statuses(found)).toEqual(["measured", "measured", "pruned", "measured"]);
    expect(asked).not.toContain("1");
    expect(found.winner).toBe(configText(named(3)));
    expect(found.candidates[2]?.reason).toContain("takes 2.5 times as long");
  });

  test("[U40] two launches are one way: both texts count, and another second launch is another way", async () => {
    const fates = [
      {},
      { second: "next" },
      { wgsl: "code 1", second: "next" },
      { wgsl: "code 1", second: "other" },
    ];
    const found = await trial([...fates, { second: "x".repeat(65_537) }]).run();
    expect(statuses(found)).toEqual(["measured", "measured", "same", "measured", "pruned"]);
    expect(found.candidates[1]?.wgslBytes).toBe("code 1next".length);
  });

  test("[U35] the incumbent is tried second, and right is what the first config gives", async () => {
    const found = await trial([{ ms: 3, gives: 5 }, { ms: 2 }, { ms: 1, gives: 7 }], {
      incumbent: named(2),
    }).run();
    expect(found.candidates.map(({ config }) => config)).toEqual([text(0), text(2), text(1)]);
    expect(statuses(found)).toEqual(["measured", "wrong", "measured"]);
  });

  test("[U36] an incumbent that turned out wrong gives way to the fastest right one", async () => {
    const found = await trial([{ ms: 3 }, { ms: 2 }, { ms: 1, gives: 7 }], { incumbent: named(2) }).run();
    expect(found.winner).toBe(text(1));
  });

  test("[U37] nothing else is tried where the first config fails", async () => {
    const found = await trial([{ uncompiled: "no" }, { ms: 1 }]).run();
    expect(found).toMatchObject({ winner: text(0), complete: true });
    expect(statuses(found)).toEqual(["failed"]);
  });

  test("[U38] when time is up the best so far is still compared", async () => {
    let tried = 0;
    const found = await trial([{ ms: 3 }, { ms: 2 }, { ms: 1 }], {
      enough: () => tried >= 2,
      tried: (done) => {
        tried = done;
      },
    }).run();
    expect(found).toMatchObject({ winner: text(1), complete: false });
    expect(found.candidates.length).toBe(2);
  });

  test("[U39] a stop throws, and replaces nothing", async () => {
    const stop = new AbortController();
    const fates = [{ ms: 3 }, { ms: 2 }, { unrun: "the run was stopped" }];
    const one = trial(fates, {
      signal: stop.signal,
      tried: (done) => done === 2 && stop.abort(),
    });
    await expect(one.run()).rejects.toThrow("stopped");
    expect(one.result).toMatchObject({ winner: text(0), complete: false });
    expect(one.result.candidates.length).toBe(2);
  });
});
