// logarithm2: the logarithm to base 2; NaN below 0, minus infinity at 0
//   method: WGSL's own, with its edges put right
//   why: on SwiftShader log(-x) is log(x), log(0) is log(2^-127), and log(NaN) is a number
alias F = f32;

fn logarithm2(x: F) -> F {
  var nan_bits = 0x7fc00000u;
  var minus_infinity_bits = 0xff800000u;
  let known = select(log2(x), F(bitcast<f32>(minus_infinity_bits)), x == F(0.0));
  return select(F(bitcast<f32>(nan_bits)), known, x >= F(0.0));
}
