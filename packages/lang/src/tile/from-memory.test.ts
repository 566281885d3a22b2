import { describe, expect, test } from "vitest";
import { at, launch, made, normal, sumOf, whole, worst } from "../testing/launch.ts";

/** Kernels as somebody writes them who knows Triton and has not read our documentation twice. */

describe("kernels from memory", () => {
  test("[W1] softmax backward", () => {
    const [rows, columns] = [5, 20];
    const [y, dy, dx] = [normal(rows * columns), normal(rows * columns), new Float64Array(rows * columns)];
    launch(
      `const softmaxBackward = kernel((dx: Ptr, y: Ptr, dy: Ptr, columns: i32, BLOCK: Const) => {
        const lane = arange(BLOCK);
        const place = programId(0) * columns + lane;
        const p = load(y + place, lane < columns);
        const g = load(dy + place, lane < columns);
        store(dx + place, p * (g - sum(p * g)), lane < columns);
      });`,
      { grid: [rows], constants: { BLOCK: 32 } },
      [dx, y, dy, columns],
    );
    const folded = made(rows, (r) => sumOf(columns, (c) => at(y, r * columns + c) * at(dy, r * columns + c)));
    expect(
      worst(
        dx,
        made(rows * columns, (i) => at(y, i) * (at(dy, i) - at(folded, Math.floor(i / columns)))),
      ),
    ).toBeLessThan(1e-6);
  });

  test("[W2] rotary embedding, pairs side by side", () => {
    const [length, width] = [6, 16];
    const [q, out] = [normal(length * width), new Float64Array(length * width)];
    launch(
      `const rotary = kernel((q: View<"f32", ["T", "width"]>, out: Ptr, base: f32, D: Const) => {
        const t = programId(0);
        const [re, im] = split(reshape(load(q, [t, arange(D)]), [D / 2, 2]));
        const angle = t * base ** (arange(D / 2) * (-2 / D));
        const turned = join(re * cos(angle) - im * sin(angle), re * sin(angle) + im * cos(angle));
        store(out + t * D + arange(D), ravel(turned));
      });`,
      { grid: [length], constants: { D: width } },
      [q, length, width, out, 10_000],
    );
    const wanted = made(length * width, (i) => {
      const [t, c] = [Math.floor(i / width), i % width];
      const angle = t * 10_000 ** ((-2 * Math.floor(c / 2)) / width);
      const [re, im] = [at(q, i - (c % 2)), at(q, i - (c % 2) + 1)];
      return c % 2 === 0
        ? re * Math.cos(angle) - im * Math.sin(angle)
        : re * Math.sin(angle) + im * Math.cos(angle);
    });
    expect(worst(out, wanted)).toBeLessThan(1e-6);
  });

  test("[W3] matmul with weights of 4 bits, scales and zero points by groups", () => {
    const [m, n, k, group] = [20, 24, 64, 32];
    const [a, scales] = [normal(m * k), normal((k / group) * n)];
    const [codes, zeros] = [whole(k * n, 16), whole((k / group) * n, 16)];
    const words = Float64Array.from({ length: (k / 8) * n }, (_, i) => {
      const [row, column] = [Math.floor(i / n), i % n];
      return sumOf(8, (nibble) => at(codes, (row * 8 + nibble) * n + column) * 16 ** nibble);
    });
    const c = new Float64Array(m * n);
    launch(
      `const [BM, BN, BK, GROUP] = [16, 16, 32, ${group}];
      const int4Matmul = kernel((a: Ptr, w: Ptr<"u32">, scales: Ptr, points: Ptr<"u4">, c: Ptr, M: i32, N: i32, K: i32) => {
        const rows = programId(0) * BM + arange(BM);
        const columns = programId(1) * BN + arange(BN);
        let acc = zeros([BM, BN]);
        for (let k = 0; k < K; k += BK) {
          const inner = k + arange(BK);
          const left = load(a + expand(rows, 1) * K + inner, expand(rows < M, 1) && inner < K);
          const right = expand(inner < K, 1) && columns < N;
          const words = load(w + expand(idiv(inner, 8), 1) * N + columns, right);
          const code = (words >> (expand(inner % 8, 1) * 4)) & 15;
          const of = idiv(k, GROUP) * N + columns;
          const centred = code.to("i32") - load(points + of, columns < N);
          acc = dot(left, centred * load(scales + of, columns < N), acc);
        }
        store(c + expand(rows, 1) * N + columns, acc, expand(rows < M, 1) && columns < N);
      });`,
      { grid: [2, 2] },
      [a, words, scales, zeros, c, m, n, k],
    );
    const weight = (row: number, column: number): number => {
      const of = Math.floor(row / group) * n + column;
      return (at(codes, row * n + column) - at(zeros, of)) * at(scales, of);
    };
    expect(
      worst(
        c,
        made(m * n, (i) => sumOf(k, (j) => at(a, Math.floor(i / n) * k + j) * weight(j, i % n))),
      ),
    ).toBeLessThan(1e-4);
  });

  test("[W4] gating: the two greatest experts of each token, and their softmax", () => {
    const [tokens, experts] = [10, 8];
    const logits = normal(tokens * experts);
    const [weights, ids] = [new Float64Array(tokens * 2), new Float64Array(tokens * 2)];
    launch(
      `const gate = kernel((logits: Ptr, weights: Ptr, ids: Ptr<"i32">, tokens: i32, E: Const, K: Const) => {
        const token = expand(programId(0) * 4 + arange(4), 1);
        const scores = load(logits + token * E + arange(E), token < tokens);
        const [best, which] = topk(scores, K, 1);
        const e = exp(best - max(best, 1, { keepDims: true }));
        store(weights + token * K + arange(K), e / sum(e, 1, { keepDims: true }), token < tokens);
        store(ids + token * K + arange(K), which, token < tokens);
      });`,
      { grid: [3], constants: { E: experts, K: 2 } },
      [logits, weights, ids, tokens],
    );
    for (const token of made(tokens, (t) => t)) {
      const row = made(experts, (e) => at(logits, token * experts + e));
      const order = made(experts, (e) => e).toSorted((x, y) => at(row, y) - at(row, x));
      expect([at(ids, token * 2), at(ids, token * 2 + 1)]).toEqual(order.slice(0, 2));
      const [first, second] = order.map((e) => at(row, e));
      expect(
        worst(weights.slice(token * 2), [1 / (1 + Math.exp((second ?? 0) - (first ?? 0)))]),
      ).toBeLessThan(1e-6);
    }
  });

  test("[W5] cross entropy, forward in blocks and backward", () => {
    const [rows, words] = [4, 50];
    const [logits, labels] = [normal(rows * words), whole(rows, words)];
    const [loss, lse, dx] = [new Float64Array(rows), new Float64Array(rows), new Float64Array(rows * words)];
    launch(
      `const BLOCK = 32;
      const crossEntropy = kernel((logits: Ptr, labels: Ptr<"i32">, loss: Ptr, lse: Ptr, V: i32) => {
        const row = programId(0);
        let top = -Infinity;
        let total = 0;
        for (const start of range(0, V, BLOCK)) {
          const word = start + arange(BLOCK);
          const x = load(logits + row * V + word, word < V, -Infinity);
          const next = max(top, max(x));
          total = total * exp(top - next) + sum(exp(x - next));
          top = next;
        }
        const all = top + log(total);
        store(lse + row, all);
        store(loss + row, all - load(logits + row * V + load(labels + row)));
      });`,
      { grid: [rows] },
      [logits, labels, loss, lse, words],
    );
    launch(
      `const BLOCK = 32;
      const crossEntropyBackward = kernel((logits: Ptr, labels: Ptr<"i32">, lse: Ptr, dx: Ptr, V: i32, scale: f32) => {
        const row = programId(0);
        const word = programId(1) * BLOCK + arange(BLOCK);
        const p = exp(load(logits + row * V + word, word < V, -Infinity) - load(lse + row));
        store(dx + row * V + word, (p - (word == load(labels + row))) * scale, word < V);
      });`,
      { grid: [rows, 2] },
      [logits, labels, lse, dx, words, 0.25],
    );
    const sums = made(rows, (r) => sumOf(words, (w) => Math.exp(at(logits, r * words + w))));
    expect(
      worst(
        loss,
        made(rows, (r) => Math.log(at(sums, r)) - at(logits, r * words + at(labels, r))),
      ),
    ).toBeLessThan(1e-6);
    expect(
      worst(
        dx,
        made(rows * words, (i) => {
          const [r, w] = [Math.floor(i / words), i % words];
          return 0.25 * (Math.exp(at(logits, i)) / at(sums, r) - (at(labels, r) === w ? 1 : 0));
        }),
      ),
    ).toBeLessThan(1e-6);
  });

  test("[W6] RMS norm of f16", () => {
    const [rows, columns] = [3, 24];
    const [x, w, y] = [normal(rows * columns), normal(columns), new Float64Array(rows * columns)];
    launch(
      `const rmsNorm = kernel((x: Ptr<"f16">, w: Ptr<"f16">, y: Ptr<"f16">, stride: i32, n: i32, eps: f32, BLOCK: Const) => {
        x += programId(0) * stride;
        y += programId(0) * stride;
        const lane = arange(BLOCK);
        const v = load(x + lane, lane < n).to("f32");
        const scale = rsqrt(sum(v * v) / n + eps);
        store(y + lane, (v * scale * load(w + lane, lane < n)).to(y.dtype), lane < n);
      });`,
      { grid: [rows], constants: { BLOCK: 32 } },
      [x, w, y, columns, columns, 1e-5],
    );
    const means = made(rows, (r) => sumOf(columns, (c) => at(x, r * columns + c) ** 2) / columns);
    expect(
      worst(
        y,
        made(
          rows * columns,
          (i) => (at(x, i) / Math.sqrt(at(means, Math.floor(i / columns)) + 1e-5)) * at(w, i % columns),
        ),
      ),
    ).toBeLessThan(1e-6);
  });

  test("[W7] causal convolution of one axis, channel by channel, with SiLU", () => {
    const [channels, length] = [3, 40];
    const [x, w, bias] = [normal(channels * length), normal(channels * 4), normal(channels)];
    const y = new Float64Array(channels * length);
    launch(
      `const WIDTH = 4;
      const conv = kernel((x: Ptr, w: Ptr, bias: Ptr, y: Ptr, length: i32, BLOCK: Const) => {
        const channel = programId(1);
        const t = programId(0) * BLOCK + arange(BLOCK);
        let acc = load(bias + channel);
        for (const k of staticRange(WIDTH)) {
          const from = t - (WIDTH - 1) + k;
          acc += load(w + channel * WIDTH + k) * load(x + channel * length + from, from >= 0 && from < length);
        }
        store(y + channel * length + t, acc * sigmoid(acc), t < length);
      });`,
      { grid: [3, channels], constants: { BLOCK: 16 } },
      [x, w, bias, y, length],
    );
    const wanted = made(channels * length, (i) => {
      const [channel, t] = [Math.floor(i / length), i % length];
      const sum = sumOf(4, (k) =>
        t - 3 + k < 0 ? 0 : at(w, channel * 4 + k) * at(x, channel * length + t - 3 + k),
      );
      const all = sum + at(bias, channel);
      return all / (1 + Math.exp(-all));
    });
    expect(worst(y, wanted)).toBeLessThan(1e-6);
  });

  test("[W8] bitonic sort of keys with their values, written out", () => {
    const [keys, values] = [normal(32), Float64Array.from({ length: 32 }, (_, i) => i)];
    const [sorted, moved] = [new Float64Array(32), new Float64Array(32)];
    launch(
      `const N = 32;
      const bitonic = kernel((keys: Ptr, values: Ptr<"i32">, sorted: Ptr, moved: Ptr<"i32">) => {
        const lane = arange(N);
        let k = load(keys + lane);
        let v = load(values + lane);
        for (let size = 2; size <= N; size *= 2) {
          for (let stride = size / 2; stride > 0; stride >>= 1) {
            const other = lane ^ stride;
            const [k2, v2] = [gather(k, other, 0), gather(v, other, 0)];
            const least = ((lane & size) == 0) == (lane < other);
            const swap = where(least, k2 < k, k2 > k);
            [k, v] = [where(swap, k2, k), where(swap, v2, v)];
          }
        }
        store(sorted + lane, k);
        store(moved + lane, v);
      });`,
      { grid: [1] },
      [keys, values, sorted, moved],
    );
    expect([...sorted]).toEqual([...keys].toSorted((a, b) => a - b));
    expect(Array.from(moved, (from) => at(keys, from))).toEqual([...sorted]);
  });

  test("[W9] sums of segments by atomics, in fixed point since WGSL adds no floats", () => {
    const [n, segments] = [100, 7];
    const [x, ids, sums] = [normal(n), whole(n, segments), new Float64Array(segments)];
    launch(
      `const ONE = 65536;
      const segmentSum = kernel((x: Ptr, ids: Ptr<"i32">, sums: Ptr<"i32">, n: i32) => {
        const at = programId(0) * 32 + arange(32);
        const units = round(load(x + at, at < n) * ONE).to("i32");
        atomicAdd(sums + load(ids + at, at < n), units, at < n);
      });`,
      { grid: [4] },
      [x, ids, sums, n],
    );
    const wanted = made(segments, (s) => sumOf(n, (i) => (at(ids, i) === s ? at(x, i) : 0)));
    expect(
      worst(
        sums.map((units) => units / 65536),
        wanted,
      ),
    ).toBeLessThan(n / 65536);
  });

  test("[W10] the selective scan of a state-space model, turn by turn and as one scan", () => {
    const [length, width, state] = [16, 10, 4];
    const [x, dt] = [normal(length * width), normal(length * width)];
    const [a, b, c] = [normal(width * state), normal(length * state), normal(length * state)];
    const [y, y2] = [new Float64Array(length * width), new Float64Array(length * width)];
    launch(
      `const selectiveScan = kernel((x: Ptr, dt: Ptr, A: Ptr, B: Ptr, C: Ptr, y: Ptr, length: i32, D: i32, BD: Const, S: Const) => {
        const d = programId(0) * BD + arange(BD);
        const s = arange(S);
        const rate = load(A + expand(d, 1) * S + s, expand(d < D, 1));
        let h = zeros([BD, S]);
        for (let t = 0; t < length; t++) {
          const u = load(x + t * D + d, d < D);
          const step = log1p(exp(load(dt + t * D + d, d < D)));
          h = exp(expand(step, 1) * rate) * h + expand(step * u, 1) * load(B + t * S + s);
          store(y + t * D + d, sum(h * load(C + t * S + s), 1), d < D);
        }
      });`,
      { grid: [2], constants: { BD: 8, S: state } },
      [x, dt, a, b, c, y, length, width],
    );
    launch(
      `const scanned = kernel((x: Ptr, dt: Ptr, A: Ptr, B: Ptr, C: Ptr, y: Ptr, D: i32, L: Const, S: Const) => {
        const d = programId(0);
        const t = expand(arange(L), 1);
        const s = arange(S);
        const step = log1p(exp(load(dt + t * D + d)));
        const decay = exp(step * load(A + d * S + s));
        const input = step * load(x + t * D + d) * load(B + t * S + s);
        const [, h] = scan([decay, input], 0, (a1, b1, a2, b2) => [a1 * a2, a2 * b1 + b2]);
        store(y + t * D + d, sum(h * load(C + t * S + s), 1, { keepDims: true }));
      });`,
      { grid: [width], constants: { L: length, S: state } },
      [x, dt, a, b, c, y2, width],
    );
    const wanted = new Float64Array(length * width);
    for (const d of made(width, (i) => i)) {
      const h = new Float64Array(state);
      for (const t of made(length, (i) => i)) {
        const step = Math.log1p(Math.exp(at(dt, t * width + d)));
        h.forEach((before, s) => {
          const input = step * at(x, t * width + d) * at(b, t * state + s);
          h[s] = Math.exp(step * at(a, d * state + s)) * before + input;
        });
        wanted[t * width + d] = sumOf(state, (s) => at(h, s) * at(c, t * state + s));
      }
    }
    expect(worst(y, [...wanted])).toBeLessThan(1e-5);
    expect(worst(y2, [...wanted])).toBeLessThan(1e-5);
  });
});
