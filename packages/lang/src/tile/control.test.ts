import { printTile } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { faultOf, lowered } from "../testing/index.ts";
import { stored } from "../testing/stored.ts";

/** The first numbers of `y`, with n = 8. */
function run(body: string, count = 1, before = ""): number[] {
  return stored(body, { params: ", n: i32", args: [8], before }).slice(0, count);
}

function countTo(least: number): string {
  return `let i = n; while (i > ${least}) i -= 1; store(y, i);`;
}

describe("loops that end early", () => {
  test("[B1] break in a for, on a number of the running kernel", () => {
    const body = "let s = 0; for (let i = 0; i < n; i++) { if (load(x + i) > 4) break; s += load(x + i); }";
    expect(run(`${body} store(y, s);`)).toEqual([9]);
  });
  test("[B2] break inside of branches, with statements behind them", () => {
    const body = `let s = 0; let last = -1;
      for (const i of range(n)) {
        if (load(x + i) < 5) { s += 10; if (i == 4) break; s += 1; } else { s += 100; if (load(x + i) > 8) break; }
        last = i;
      }
      store(y, s); store(y + 1, last);`;
    expect(run(body, 2)).toEqual([244, 4]);
  });
  test("[B3] continue", () => {
    const body =
      "let s = 0; for (const i of range(n)) { if (i % 2 == 0) continue; if (i == 5) { continue; } s += i; }";
    expect(run(`${body} store(y, s);`)).toEqual([11]);
  });
  test("[B4] break and continue in a while, also in one without an end of its own", () => {
    const body =
      "let i = 0; let s = 0; while (true) { i++; if (i % 3 == 0) continue; if (i > n) break; s += i; }";
    expect(run(`${body} store(y, s); store(y + 1, i);`, 2)).toEqual([1 + 2 + 4 + 5 + 7 + 8, 10]);
    const guarded = "let i = 0; while (load(x + i) < 100) { if (i == 7) break; i++; } store(y, i);";
    expect(run(guarded)).toEqual([7]);
  });
  test("[B21] a list with another item, an object with another field, also from turn to turn", () => {
    expect(
      run(
        `let a = [1, 2, 3]; let s = { top: 0, count: 0 };
        for (const k of range(n)) { const v = load(x + k); s = { ...s, top: max(s.top, v) }; if (v > 2) { s = { ...s, count: s.count + 1 }; a = a.with(1, v); } }
        store(y, s.top); store(y + 1, s.count); store(y + 2, a[0] * 100 + a[1] * 10 + a[2]);`,
        3,
      ),
    ).toEqual([9, 5, 163]);
    expect(faultOf("x: Ptr", "let a = [1]; a[0] = 2;").hint).toBe("make it anew: a = a.with(k, value)");
    expect(faultOf("x: Ptr", "const s = { m: 1 }; s.m += 2;").hint).toBe(
      "make it anew: s = { ...s, m: value }",
    );
  });
  test("[B20] a loop that goes by a factor is written out", () => {
    expect(
      run(
        "let sum = 0; for (let s = 1; s <= 8; s *= 2) for (let t = s / 2; t >= 1; t /= 2) sum += s * 10 + t; store(y, sum);",
      ),
    ).toEqual([
      [2, 4, 8].reduce(
        (all, s) =>
          all +
          Array.from({ length: Math.log2(s) }, (_, k) => s * 10 + s / 2 ** (k + 1)).reduce(
            (a, b) => a + b,
            0,
          ),
        0,
      ),
    ]);
    expect(
      run(
        "let turns = 0; for (let s = 1; s < 64; s <<= 1) { if (s == 8) continue; if (s > n) break; turns++; } store(y, turns);",
      ),
    ).toEqual([3]);
  });
  test("[B18] a while that would go on after its most turns fails, with its condition", () => {
    expect(run(countTo(8 - 65_535))).toEqual([8 - 65_535]);
    expect(() => run(countTo(7 - 65_535))).toThrow(
      expect.objectContaining({ code: "kernel/turns", message: expect.stringContaining("65,535") }),
    );
    expect(() => run("let i = 0; while (true) { i++; if (i > n * 1e5) break; }")).toThrow(
      expect.objectContaining({ code: "kernel/turns" }),
    );
  });
  test("[B5] break in a loop that is written out, known while compiling or not", () => {
    const counted = "let s = 0; for (const i of staticRange(8)) { if (i === 3) break; s += i; } store(y, s);";
    expect(run(counted)).toEqual([3]);
    const asked =
      "let s = 0; for (const i of staticRange(8)) { if (load(x + i) > 8) break; s += load(x + i); }";
    expect(run(`${asked} store(y, s);`)).toEqual([14]);
    expect(faultOf("x: Ptr", counted.replace("y", "x").replace("=== 3", "=== 3"))).toMatchObject({
      code: "none",
    });
  });
  test("[B6] of nested loops only the inner one ends", () => {
    const body = `let s = 0;
      for (const i of range(4)) {
        for (const j of range(n)) { if (j > i) break; s += 1; }
        if (i == 2) break;
        s += 100;
      }
      store(y, s);`;
    expect(run(body)).toEqual([206]);
  });
});

describe("loops that count down", () => {
  test("[B7] j--, j -= c, j = j - c, and a range with a step below 0", () => {
    const heads = [
      ["let j = n - 1; j >= 0; j--", [7, 6, 5, 4, 3, 2, 1, 0]],
      ["let j = n; j > 0; j -= 3", [8, 5, 2]],
      ["let j = n; 2 <= j; j = j - 3", [8, 5, 2]],
      ["const j of range(n, 1, -2)", [8, 6, 4, 2]],
      ["const j of range(1, n, -2)", []],
    ] as const;
    for (const [head, wanted] of heads) {
      const seen = run(`let at = 0; for (${head}) { store(y + at, j); at++; } store(y + 15, at);`, 16);
      expect([head, seen.slice(0, seen[15])]).toEqual([head, wanted]);
    }
  });
  test("[B8] one that runs away from its bound is a mistake", () => {
    expect(faultOf("x: Ptr, n: i32", "for (let j = 0; j < n; j--) {}")).toMatchObject({
      code: "kernel/loop",
      at: "j--",
    });
    expect(faultOf("x: Ptr, n: i32", "for (let j = n; j > 0; j++) {}")).toMatchObject({
      code: "kernel/loop",
      at: "j++",
    });
  });
});

describe("return", () => {
  test("[B9] a kernel may return in the middle", () => {
    const body =
      "store(y, 1); if (n < 4) return; store(y, 2); if (n > 4) { store(y + 1, 3); return; } store(y, 4);";
    expect(run(body, 2)).toEqual([2, 3]);
  });
  test("[B10] and inside of a loop", () => {
    expect(
      run("for (const i of range(n)) { store(y, i); if (load(x + i) > 4) return; } store(y, 100);"),
    ).toEqual([4]);
    expect(
      run("for (const i of range(n)) { store(y, i); if (load(x + i) > 40) return; } store(y, 100);"),
    ).toEqual([100]);
  });
  test("[B11] a helper gives back what its taken way says, of one type for all ways", () => {
    const before = `const sign = (v) => { if (v > 0) return 1; if (v < 0) { return -1.5; } return 0; };
      const pair = (v) => { if (v > 3) return [v, { twice: 2 * v }]; else return [0, { twice: v }]; };
      const find = (p, v) => { for (const i of range(8)) { if (load(p + i) == v) return i; } return -1; };`;
    expect(run("store(y, sign(n)); store(y + 1, sign(-n)); store(y + 2, sign(n - 8));", 3, before)).toEqual([
      1, -1.5, 0,
    ]);
    const pairs =
      "const [a, { twice }] = pair(n); const [b, c] = pair(n - 7); store(y, a); store(y + 1, twice); store(y + 2, b); store(y + 3, c.twice);";
    expect(run(pairs, 4, before)).toEqual([8, 16, 0, 1]);
    expect(run("store(y, find(x, 9)); store(y + 1, find(x, 7));", 2, before)).toEqual([5, -1]);
  });
  test("[B12] a helper that gives back something on some ways only is a mistake", () => {
    const text =
      "const f = (v) => { if (v > 0) return 1; };\nconst k = kernel((x: Ptr, n: i32) => store(x, f(n)));";
    expect(() => lowered(text)).toThrow("on some ways");
  });
  test("[B13] what returns at once leaves no trace in the IR but one branch", () => {
    const text = "kernel((x: Ptr, n: i32) => { if (programId(0) >= n) return; store(x + programId(0), 1); })";
    expect(printTile(lowered(text)).match(/ if /g)).toHaveLength(1);
  });
});

describe("what loops and branches change", () => {
  test("[B14] lists, records and views, part by part", () => {
    const body = `let state = { best: -1, at: [0, 0] };
      for (const i of range(n)) {
        const v = load(x + i);
        if (v > state.best) state = { best: v, at: [i, state.at[0]] };
      }
      store(y, state.best); store(y + 1, state.at[0]); store(y + 2, state.at[1]);
      let block = view(x, [2, 2]);
      let total = 0;
      for (const i of range(3)) { total += sum(load(block, [arange(2), arange(2)])); block = view(block + 2, [2, 2]); }
      store(y + 3, total);`;
    const total = 3 + 1 + 4 + 1 + (4 + 1 + 5 + 9) + (5 + 9 + 2 + 6);
    expect(run(body, 4)).toEqual([9, 5, 4, total]);
  });
  test("[B15] a variable may get its first value in both arms of a branch", () => {
    const body =
      "let v; let w; if (n > 3) { v = 1; w = [n, 2]; } else { v = 0.5; w = [0, 3]; } store(y, v + w[0]); store(y + 1, w[1]);";
    expect(run(body, 2)).toEqual([9, 2]);
    const fault = faultOf("x: Ptr, n: i32", "let v; if (n > 3) v = 1; store(x, v);");
    expect(fault).toMatchObject({ code: "kernel/used-before" });
    expect(faultOf("x: Ptr, n: i32", 'let v; if (n > 3) v = "a"; store(x, 1);').code).toBe(
      "kernel/used-before",
    );
  });
  test("[B16] lists keep their length, and texts do not change", () => {
    expect(faultOf("x: Ptr, n: i32", "let s = [1]; if (n > 3) s = [1, 2];").code).toBe("kernel/changes-type");
    expect(faultOf("x: Ptr, n: i32", "let s = 'a'; if (n > 3) s = 'b';").code).toBe("kernel/changes-type");
    expect(faultOf("x: Ptr, y: Ptr, n: i32", "let p = x; if (n > 3) p = y;").code).toBe(
      "kernel/changes-type",
    );
  });
  test("[B17] parts that stay constant stay known while compiling", () => {
    const body =
      "let s = [4, 0]; for (const i of range(n)) s = [4, s[1] + i]; store(y + arange(s[0]), s[1]);";
    expect(run(body, 5)).toEqual([28, 28, 28, 28, 0]);
  });
  test("[B18] ? : chooses between pointers of one buffer, lists and records", () => {
    const body =
      "const p = n > 3 ? x + 4 : x; store(y, load(p)); const [a, b] = n > 3 ? [1, n] : [2, 0]; store(y + 1, a + b);";
    expect(run(body, 2)).toEqual([5, 9]);
    const costly = "const p = n > 3 ? x + load(x + 2).to('i32') : x; store(y, load(p));";
    expect(run(costly)).toEqual([5]);
    expect(faultOf("x: Ptr, y: Ptr, n: i32", "load(n > 3 ? x : y)")).toMatchObject({ code: "kernel/type" });
  });
  test("[B19] a combining function may branch", () => {
    const body = "store(y, reduce(load(x + arange(8)), 0, (a, b) => { if (a > b) return a; return b; }));";
    expect(run(body)).toEqual([9]);
  });
});
