import { compileKernel, portableTarget, warmUp as warmCompiler } from "@tilebook/compiler";
import { lowerKernel, warmUp as warmFront } from "@tilebook/lang";

/** Attention as a person writes it: 64 queries a program, keys in blocks of 16, causal. */
const attention = `const k = kernel((q: Ptr, kk: Ptr, v: Ptr, o: Ptr, n: i32) => {
  const rows = programId(0) * 64 + arange(64); const d = arange(64);
  const qv = view(q, [n, 64]); const kv = view(kk, [n, 64]); const vv = view(v, [n, 64]);
  const a = load(qv, [rows, d]);
  let m = full([64], -1e30); let l = zeros([64]); let acc = zeros([64, 64]);
  for (const j of range(0, n, 16)) {
    const cols = j + arange(16);
    const s0 = dot(a, load(kv, [cols, d]).T) * 0.125;
    const s = where(expand(rows, 1) >= expand(cols, 0), s0, -1e30);
    const m2 = maximum(m, max(s, 1)); const p = exp(s - expand(m2, 1)); const c = exp(m - m2);
    l = l * c + sum(p, 1); acc = acc * expand(c, 1) + dot(p, load(vv, [cols, d])); m = m2;
  }
  store(view(o, [n, 64]), [rows, d], acc / expand(l, 1));
});`;

function compile(text: string): string {
  const kernel = lowerKernel({ source: "cell", text, kernel: "k0", captured: {} });
  return compileKernel(kernel, portableTarget).wgsl;
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

export interface CompileTimes {
  /** Milliseconds of the first compile in this page. */
  readonly first: number;
  readonly least: number;
  readonly median: number;
  readonly p95: number;
  readonly wgslBytes: number;
}

/** How long attention takes from its source to WGSL. `warmed`: after what workers do when they have opened. */
export function measureCompile(warmed: boolean, turns = 100): CompileTimes {
  if (warmed) {
    warmFront();
    warmCompiler(portableTarget);
  }
  const first = timed(() => compile(attention));
  const times = Array.from({ length: turns }, () => timed(() => compile(attention))).toSorted(
    (a, b) => a - b,
  );
  return {
    first,
    least: times[0] ?? 0,
    median: times[Math.floor(turns / 2)] ?? 0,
    p95: times[Math.floor(turns * 0.95)] ?? 0,
    wgslBytes: compile(attention).length,
  };
}
