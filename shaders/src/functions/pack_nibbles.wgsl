// pack_nibbles: the low half bytes of four whole numbers, one beside the other
fn pack_nibbles(x: vec4i) -> u32 {
  let low = (bitcast<vec4u>(x) & vec4u(15u)) << vec4u(0u, 4u, 8u, 12u);
  return low.x | low.y | low.z | low.w;
}
