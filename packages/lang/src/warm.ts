import { lowerKernel } from "./tile/lower.ts";

/** Says in a few lines what most kernels say. */
const text = `kernel((x: Ptr, y: Ptr, n: i32) => {
  const rows = programId(0) * 16 + arange(16);
  const xv = view(x, [n, 16]);
  let total = zeros([16, 16]);
  let top = full([16], -1e30);
  for (const j of range(0, n, 16)) {
    const block = load(xv, [j + arange(16), arange(16)]);
    const seen = where(expand(rows, 1) >= expand(rows, 0), dot(block, block.T) * 0.5, -1e30);
    const next = maximum(top, max(seen, 1));
    total = total * expand(exp(top - next), 1) + exp(seen - expand(next, 1));
    top = next;
  }
  store(view(y, [n, 16]), [rows, arange(16)], total / expand(sum(total, 1), 1));
});`;

/**
 * Lowers a kernel that nobody asked for, so that the first one of a person finds the engine warm (see `warmUp` of the
 * compiler).
 */
export function warmUp(): void {
  lowerKernel({ source: "warm-up", text, kernel: "k0", captured: {} });
}
