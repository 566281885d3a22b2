// tanh: the hyperbolic tangent
//   method: one exponential, and near 0, where its digits would be lost, a series
//   why: WGSL's own tanh(88.8) is NaN on SwiftShader, and takes two exponentials there
alias F = f32;
alias U = u32;

fn tanh(x: F) -> F {
  let z = x * x;
  let small = x * (1.0 + z * (-0.33333333 + z * (0.13333333 - 0.053968254 * z)));
  let size = abs(x);
  let e = exp(-2.0 * size);
  let large = (1.0 - e) / (1.0 + e);
  let signed = bitcast<F>(bitcast<U>(large) | (bitcast<U>(x) & U(0x80000000u)));
  return select(signed, small, size < F(0.2));
}
