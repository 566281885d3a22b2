// The gallery's language model (public/notebooks/chat.nb.md) in jax-js: the prompt at once, then a byte a step, with keys and values that stay. Each is one jit.
import { init, defaultDevice, jit, numpy as np, nn } from '@jax-js/jax';

const norm = (x, scale, shift) => nn.standardize(x, -1, { epsilon: 1e-5 }).mul(scale).add(shift);

// x [rows, width]; attend(layer, q, k, v), all [rows, heads, headSize], gives [rows, heads, headSize].
function trunk(w, x, rows, { layers, heads, headSize, width }, attend) {
  const of = (layer, name) => w[`${layer}.${name}`].ref;
  for (let layer = 0; layer < layers; layer++) {
    const parts = np.matmul(norm(x.ref, of(layer, 'first.scale'), of(layer, 'first.shift')), of(layer, 'heads'));
    const [q, k, v] = np.split(parts, 3, 1).map((part) => part.reshape([rows, heads, headSize]));
    x = x.add(np.matmul(attend(layer, q, k, v).reshape([rows, width]), of(layer, 'joined')));
    const up = np.matmul(norm(x.ref, of(layer, 'second.scale'), of(layer, 'second.shift')), of(layer, 'up'));
    const wide = nn.gelu(up.add(of(layer, 'up.shift')), { approximate: false });
    x = x.add(np.matmul(wide, of(layer, 'down')).add(of(layer, 'down.shift')));
  }
  return norm(x, w['norm.scale'].ref, w['norm.shift'].ref);
}

const greatest = (w, x) => np.argmax(np.matmul(x, np.transpose(w.bytes.ref)), -1);

// tokens [rows] -> the byte that follows, and keys and values [length, heads, headSize] of each layer.
function read(w, tokens, rows, sizes) {
  const { length, heads, headSize, width } = sizes, ks = [], vs = [];
  const kept = (x) => np.concatenate([x, np.zeros([length - rows, heads, headSize])], 0);
  const x = np.matmul(nn.oneHot(tokens, 256), w.bytes.ref).add(w.places.ref.slice([0, rows]));
  const out = trunk(w, x, rows, sizes, (layer, q, k, v) => {
    ks[layer] = kept(k.ref); vs[layer] = kept(v.ref);
    return nn.dotProductAttention(q, k, v, { isCausal: true });
  });
  return { next: greatest(w, out.slice([rows - 1, rows]).reshape([1, width])), ks, vs };
}

// One byte at a place.
function step(w, ks, vs, token, place, sizes) {
  const { length } = sizes, newKs = [], newVs = [];
  const here = nn.oneHot(place.ref, length).reshape([length, 1, 1]);
  const put = (cache, x) => np.where(np.greater(here.ref, 0.5), x, cache);
  const x = np.matmul(nn.oneHot(token, 256), w.bytes.ref).add(np.matmul(nn.oneHot(place.ref, length), w.places.ref));
  const seen = place.add(1);
  const out = trunk(w, x, 1, sizes, (layer, q, k, v) => {
    newKs[layer] = put(ks[layer], k); newVs[layer] = put(vs[layer], v);
    return nn.dotProductAttention(q.reshape([1, 1, ...q.shape.slice(1)]), newKs[layer].ref.reshape([1, ...newKs[layer].shape]), newVs[layer].ref.reshape([1, ...newVs[layer].shape]), { keyValueSeqLengths: seen.ref }).reshape(q.shape);
  });
  here.dispose(); seen.dispose();
  return { next: greatest(w, out), ks: newKs, vs: newVs };
}

export async function open({ weights, shapes, sizes }) {
  if (!(await init('webgpu')).includes('webgpu')) throw new Error('jax-js has no webgpu');
  defaultDevice('webgpu');
  const w = Object.fromEntries(Object.entries(weights).map(([name, data]) => [name, np.array(data, { shape: shapes[name] })]));
  const jits = new Map(), ref = () => Object.fromEntries(Object.entries(w).map(([name, a]) => [name, a.ref]));
  const one = jit((w, ks, vs, token, place) => step(w, ks, vs, token, place, sizes));
  const integers = (list) => np.array(new Int32Array(list), { shape: [list.length], dtype: np.int32 });
  return {
    async write(prompt, most, onToken) {
      const rows = prompt.length;
      if (!jits.has(rows)) jits.set(rows, jit((w, tokens) => read(w, tokens, rows, sizes)));
      let { next, ks, vs } = jits.get(rows)(ref(), integers(prompt));
      const tokens = [];
      for (;;) {
        const token = (await next.data())[0];
        tokens.push(token); onToken();
        if (tokens.length === most) { for (const a of [...ks, ...vs]) a.dispose(); return tokens; }
        ({ next, ks, vs } = one(ref(), ks, vs, integers([token]), integers([rows + tokens.length - 1])));
      }
    },
  };
}
