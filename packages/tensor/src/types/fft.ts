/** The Fourier transforms that cells see. */
export const fourierDeclarations = `
/**
 * Fourier transforms along one axis, the last by default. Complex numbers are f32 tensors with a last axis of 2, the real and the
 * imaginary part; \`axis\` does not count it. Any length: products of factors up to 64 by Cooley and Tukey, others by Bluestein.
 *
 * \`\`\`ts
 * const spectrum = fft.rfft(signal); // [n] -> [n / 2 + 1, 2]
 * const power = spectrum.mul(spectrum).sum(-1);
 * \`\`\`
 */
declare const fft: {
  /** [..., n, 2] -> [..., n, 2]: the sum of x[j] exp(-2 pi i j k / n). */
  fft(input: Tensor, axis?: number): Tensor;
  /** The inverse of fft, divided by n. */
  ifft(input: Tensor, axis?: number): Tensor;
  /** Of real numbers [..., n]: the first n / 2 + 1 complex results. */
  rfft(input: Tensor, axis?: number): Tensor;
  /** The n real numbers whose rfft this is; n is even unless it is given. */
  irfft(input: Tensor, options?: { readonly n?: number; readonly axis?: number }): Tensor;
  /** DCT-II, as SciPy's without a norm: 2 * the sum of x[j] cos(pi k (2j + 1) / 2n). */
  dct(input: Tensor, axis?: number): Tensor;
  /** The inverse of dct (DCT-III over 2n). */
  idct(input: Tensor, axis?: number): Tensor;
};
`;
