// pack_bytes: the low bytes of four whole numbers, one beside the other
fn pack_bytes(x: vec4i) -> u32 {
  let low = (bitcast<vec4u>(x) & vec4u(255u)) << vec4u(0u, 8u, 16u, 24u);
  return low.x | low.y | low.z | low.w;
}
