// philox: four random words of counter (offset, 0, 0, 0) under the key (seed, 0)
//   method: Philox4x32-10
//   source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011
fn philox(seed: u32, offset: u32) -> vec4u {
  var c = vec4u(offset, 0u, 0u, 0u);
  var k = vec2u(seed, 0u);
  for (var round = 0; round < 10; round += 1) {
    let a = c.x;
    let b = c.z;
    c = vec4u(
      mulhi(0xcd9e8d57u, b) ^ c.y ^ k.x, 0xcd9e8d57u * b,
      mulhi(0xd2511f53u, a) ^ c.w ^ k.y, 0xd2511f53u * a,
    );
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}
