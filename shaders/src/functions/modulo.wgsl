// modulo: what is left of x after whole y; it has the sign of x
//   method: the fractions, as whole numbers, are divided eight bits at a time, so that no digit is lost
//   why: WGSL's own x % y is NaN for an infinite y, and wrong where x / y is large
fn modulo(x: f32, y: f32) -> f32 {
  let above = bitcast<u32>(x) & 0x7fffffffu;
  let below = bitcast<u32>(y) & 0x7fffffffu;
  if (below < 0x800000u) { return 0.0; }
  var nan_bits = 0x7fc00000u;
  if (above >= 0x7f800000u || below > 0x7f800000u) { return bitcast<f32>(nan_bits); }
  if (above < below) { return x; }
  let divisor = (below & 0x7fffffu) | 0x800000u;
  var rest = ((above & 0x7fffffu) | 0x800000u) % divisor;
  for (var left = i32(above >> 23u) - i32(below >> 23u); left > 0; left -= 8) {
    rest = (rest << u32(min(left, 8))) % divisor;
  }
  let size = f32(rest) * 1.1920928955078125e-7 * bitcast<f32>(below & 0x7f800000u);
  return select(size, -size, x < 0.0);
}
