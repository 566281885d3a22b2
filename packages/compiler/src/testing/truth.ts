/** The same computations as plain loops in f64, row-major, for tests to compare with. */

type Numbers = readonly number[];

const at = (values: Numbers, index: number): number => values[index] ?? Number.NaN;

const range = (count: number): Numbers => Array.from({ length: count }, (_, index) => index);

const sum = (values: Numbers): number => values.reduce((total, value) => total + value, 0);

export function matmul(
  a: Numbers,
  b: Numbers,
  size: { readonly m: number; readonly n: number; readonly k: number },
): Numbers {
  const { m, n, k } = size;
  return range(m * n).map((place) => {
    const [row, col] = [Math.floor(place / n), place % n];
    return sum(range(k).map((step) => at(a, row * k + step) * at(b, step * n + col)));
  });
}

export function softmaxRows(x: Numbers, n: number): Numbers {
  return range(x.length / n).flatMap((row) => softmax(x.slice(row * n, (row + 1) * n)));
}

function softmax(row: Numbers): Numbers {
  const top = Math.max(...row);
  const e = row.map((value) => Math.exp(value - top));
  const total = sum(e);
  return e.map((value) => value / total);
}

export function layernorm(x: Numbers, gain: Numbers, bias: Numbers, n: number): Numbers {
  return range(x.length / n).flatMap((place) => {
    const row = x.slice(place * n, (place + 1) * n);
    const mean = sum(row) / n;
    const variance = sum(row.map((value) => (value - mean) ** 2)) / n;
    return row.map(
      (value, col) => ((value - mean) / Math.sqrt(variance + 1e-5)) * at(gain, col) + at(bias, col),
    );
  });
}

export interface AttentionSize {
  readonly n: number;
  readonly m: number;
  readonly dims: number;
  readonly width: number;
  readonly scale: number;
  readonly causal: boolean;
}

/** A row that sees no key is all zeros. */
export function attention(q: Numbers, k: Numbers, v: Numbers, size: AttentionSize): Numbers {
  const { n, m, dims, width, scale, causal } = size;
  return range(n).flatMap((i) => {
    const seen = range(m).filter((j) => !causal || j <= i + m - n);
    if (seen.length === 0) return range(width).map(() => 0);
    const scores = seen.map(
      (j) => scale * sum(range(dims).map((step) => at(q, i * dims + step) * at(k, j * dims + step))),
    );
    const p = softmax(scores);
    return range(width).map((col) => sum(seen.map((j, place) => at(p, place) * at(v, j * width + col))));
  });
}
