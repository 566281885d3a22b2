import { describe, expect, test } from "vitest";
import { CostModel, type Piece, sliceLimits, Slicer, type Work } from "./slicer.ts";

function work(key: string, programs: number): Work {
  return { key, programs, uniformBytes: 32 };
}

/** A thousand programs of a kernel with these numbers. */
function relative(name: string, numbers: string, turns: number): Work {
  return { ...work(`${name} ${numbers}`, 1000), family: { name, turns: () => turns } };
}

/** Runs to the end on a device where one program of kernel k takes cost[k] ms. Returns each submit and its time. */
function simulate(works: readonly Work[], cost: Record<string, number>, model = new CostModel()) {
  const slicer = new Slicer(works, model);
  const submits: { pieces: readonly Piece[]; ms: number }[] = [];
  for (let pieces = slicer.next(); pieces.length > 0; pieces = slicer.next()) {
    const ms = pieces.reduce(
      (sum, piece) => sum + piece.count * (cost[works[piece.work]?.key ?? ""] ?? 0),
      0,
    );
    model.record(works, pieces, ms);
    submits.push({ pieces, ms });
  }
  return submits;
}

describe("Slicer", () => {
  test("[S1] every program of every work runs once, in order", () => {
    const works = [work("a", 1000), work("b", 0), work("a", 7), work("c", 3)];
    const pieces = simulate(works, { a: 0.3, c: 0.01 }).flatMap((submit) => submit.pieces);
    let at = 0;
    let base = 0;
    for (const piece of pieces) {
      while (base === works[at]?.programs) {
        at += 1;
        base = 0;
      }
      expect([piece.work, piece.base]).toEqual([at, base]);
      base += piece.count;
    }
    expect([at, base]).toEqual([3, 3]);
  });

  test("[S2] an unknown kernel starts with a probe and grows at most eightfold", () => {
    const counts = simulate([work("a", 100_000)], { a: 0.001 }).map((submit) => submit.pieces[0]?.count);
    expect(counts.slice(0, 4)).toEqual([16, 128, 1024, 8192]);
  });

  test("[S3] no submit of a kernel of steady cost takes more than 50 ms after the probe", () => {
    for (const ms of [0.001, 0.1, 1, 7, 40]) {
      const later = simulate([work("a", 3000)], { a: ms }).slice(1);
      expect(Math.max(...later.map((submit) => submit.ms))).toBeLessThanOrEqual(50 + 1e-9);
    }
  });

  test("[S4] a program that alone takes longer than the budget still runs, one at a time", () => {
    const submits = simulate([work("a", 40)], { a: 200 });
    expect(submits.slice(1).every((submit) => submit.pieces[0]?.count === 1)).toBe(true);
  });

  test("[S5] known small works share one submit", () => {
    const model = new CostModel();
    const works = [work("a", 16), work("b", 16), work("a", 10)];
    expect(simulate(works, { a: 0.1, b: 0.2 }, model).length).toBe(3);
    expect(simulate(works, { a: 0.1, b: 0.2 }, model).length).toBe(1);
  });

  test("[S6] the time of the first dispatch (it may include compiling) is forgotten quickly", () => {
    const model = new CostModel();
    model.record([work("a", 16)], [{ work: 0, base: 0, count: 16 }], 2000);
    const submits = simulate([work("a", 2000)], { a: 0.1 }, model);
    expect(submits.length).toBeLessThan(12);
  });

  test("[S7] an overrun is believed at once", () => {
    const model = new CostModel();
    model.record([work("a", 16)], [{ work: 0, base: 0, count: 16 }], 1.6);
    model.record([work("a", 16)], [{ work: 0, base: 0, count: 16 }], 160);
    expect(model.estimate("a")?.cost).toBeCloseTo(10);
  });

  test("[S8] one submit holds at most 64 pieces and what fits the uniform arena", () => {
    const model = new CostModel();
    const many = Array.from({ length: 200 }, () => work("a", 1));
    simulate([work("a", 1)], { a: 0.001 }, model);
    const sizes = simulate(many, { a: 0.001 }, model).map((submit) => submit.pieces.length);
    expect(sizes).toEqual([64, 64, 64, 8]);
    const large = many.map((item) => ({ ...item, uniformBytes: sliceLimits.arenaBytes / 4 }));
    expect(simulate(large, { a: 0.001 }, model)[0]?.pieces.length).toBe(4);
  });

  test("[S9] what an empty submit takes is not counted", () => {
    const model = new CostModel(10);
    model.record([work("a", 10)], [{ work: 0, base: 0, count: 10 }], 15);
    expect(model.estimate("a")?.cost).toBeCloseTo(0.5);
  });

  test("[S10] what pieces take is known up to the largest that was measured", () => {
    const model = new CostModel();
    const works = [work("a", 100), work("b", 100)];
    model.record(works, [{ work: 0, base: 0, count: 50 }], 5);
    expect(model.known(works, [{ work: 0, base: 0, count: 50 }])).toBeCloseTo(5);
    expect(model.known(works, [{ work: 0, base: 20, count: 10 }])).toBeCloseTo(1);
    expect(model.known(works, [{ work: 0, base: 0, count: 51 }])).toBeUndefined();
    expect(model.known(works, [{ work: 1, base: 0, count: 1 }])).toBeUndefined();
  });

  test("[S11] the same kernel with other numbers is estimated by what its loops take more turns", () => {
    const model = new CostModel();
    const first = (of: Work): number | undefined => new Slicer([of], model).next()[0]?.count;
    simulate([relative("k", "100", 9)], { "k 100": 0.01 }, model);
    expect(first(relative("k", "200", 9))).toBe(1000);
    // Ten times the turns, and four times that for caution: 0.4 ms a program.
    const longer = first(relative("k", "300", 99));
    expect(longer).toBeGreaterThan(100);
    expect(longer).toBeLessThanOrEqual(125);
    expect(first(relative("k", "400", Infinity))).toBe(16);
    expect(first(relative("l", "100", 9))).toBe(16);
  });

  test("[S12] as many turns, as many milliseconds: that is known; other turns are a guess until they are measured", () => {
    const model = new CostModel();
    const works = [1, 1, 2].map((turns, at) => ({
      ...work(`k ${at}`, 8),
      family: { name: "k", turns: () => turns },
    }));
    model.record(works, [{ work: 0, base: 0, count: 8 }], 8);
    expect(model.known(works, [{ work: 1, base: 0, count: 8 }])).toBeCloseTo(8);
    expect(model.known(works, [{ work: 1, base: 0, count: 9 }])).toBeUndefined();
    expect(model.known(works, [{ work: 2, base: 0, count: 8 }])).toBeUndefined();
    expect(model.guess(works[2] ?? work("none", 1))?.cost).toBeCloseTo(6);
    expect(new Slicer(works, model).next().map((piece) => piece.work)).toEqual([0, 1]);
    model.record(works, [{ work: 2, base: 0, count: 8 }], 12);
    expect(model.known(works, [{ work: 2, base: 0, count: 8 }])).toBeCloseTo(12);
    expect(new Slicer(works, model).next().length).toBe(3);
  });

  test("[S13] turns are not asked for unless a relative was measured", () => {
    const asked = { ...work("k 1", 8), family: { name: "k", turns: (): number => expect.unreachable() } };
    const model = new CostModel();
    expect(new Slicer([asked], model).next()[0]?.count).toBe(8);
    model.record([asked], [{ work: 0, base: 0, count: 8 }], 1);
    expect(new Slicer([asked], model).next()[0]?.count).toBe(8);
  });

  test("[S14] of ever new numbers the oldest are forgotten", () => {
    const model = new CostModel();
    for (let seed = 0; seed < 5000; seed++)
      model.record([work(`k ${seed}`, 1)], [{ work: 0, base: 0, count: 1 }], 1);
    expect(model.estimate("k 4999")).toBeDefined();
    expect(model.estimate("k 0")).toBeUndefined();
  });
});
