// pack_half: the bits of a half, from a number that is one already
//   method: WGSL's own, with infinities and NaN apart
//   why: WGSL leaves open what packs from an infinity
fn pack_half(x: f32) -> u32 {
  let word = bitcast<u32>(x);
  let size = word & 0x7fffffffu;
  let special = ((word >> 16u) & 0x8000u) | select(0x7c00u, 0x7e00u, size > 0x7f800000u);
  return select(pack2x16float(vec2f(clamp(x, -65504.0, 65504.0), 0.0)), special, size >= 0x7f800000u);
}
