// pack_halves: the bits of four numbers that are halves already, two to a word
//   method: whole numbers; small ones are counted in their unit, 2^-24; a NaN stays one, wherever its bits are
//   why: as pack_half, and four at a time it is the faster way
fn pack_halves(x: vec4f) -> vec2u {
  let word = bitcast<vec4u>(x);
  let size = word & vec4u(0x7fffffffu);
  let top = (min(size, vec4u(0x7fffe000u)) + vec4u(0x1fffu)) >> vec4u(13u);
  let large = top - select(vec4u(0x1c000u), vec4u(0x38000u), top >= vec4u(0x3fc00u));
  let small = bitcast<vec4u>(abs(x) + 0.5) - vec4u(0x3f000000u);
  let sign = (word >> vec4u(16u)) & vec4u(0x8000u);
  let bits = sign | select(large, small, size < vec4u(0x38800000u));
  return bits.xz | (bits.yw << vec2u(16u));
}
