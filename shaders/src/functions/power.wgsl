// power: x to the power of y; of 1 ** Infinity it says NaN, as JavaScript does
//   method: WGSL's own of the size of x, with signs and edges put right
//   why: WGSL's pow is undefined for a negative base, and SwiftShader's forgets NaN
alias F = f32;

fn power(x: F, y: F) -> F {
  let largest = F(3.4028234663852886e38);
  let zero = F(0.0);
  let one = F(1.0);
  let size = pow(abs(x), y);
  let odd = abs(y - 2.0 * floor(y * 0.5)) == one;
  let signed = select(size, -size, (x < zero) & odd);
  let at_zero = select(zero, select(abs(one / x), one / x, odd), y < zero);
  let root = (x < zero) & (x >= -largest) & !(floor(y) == y);
  let unknown = root | !(x == x) | !(y == y) | ((abs(x) == one) & (abs(y) > largest));
  var nan_bits = 0x7fc00000u;
  let known = select(signed, at_zero, x == zero);
  return select(select(known, F(bitcast<f32>(nan_bits)), unknown), one, y == zero);
}
