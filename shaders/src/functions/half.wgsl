// half: the nearest binary16, ties to even
//   method: normal values by bits, small ones as multiples of 2^-24, large ones infinite
//   why: WGSL leaves open which of two neighbours an f32 becomes as an f16
alias F = f32;
alias U = u32;

fn half(x: F) -> F {
  let word = bitcast<U>(x);
  let normal = bitcast<F>((word + 0xfffu + ((word >> U(13u)) & U(1u))) & U(0xffffe000u));
  let tiny = round(x * 16777216.0) * 5.9604644775390625e-8;
  var infinity_bits = 0x7f800000u;
  let infinite = sign(x) * bitcast<f32>(infinity_bits);
  let finite = select(normal, tiny, abs(x) < F(6.103515625e-5));
  return select(x, select(finite, infinite, abs(x) >= F(65520.0)), x == x);
}
