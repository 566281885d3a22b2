// The gallery's language model (public/notebooks/language-model.nb.md) in jax-js: the same maths, loss and AdamW. The whole step is one jit.
import { init, defaultDevice, jit, valueAndGrad, numpy as np, nn, tree } from '@jax-js/jax';

const norm = (x, scale, shift) => nn.standardize(x, -1, { epsilon: 1e-5 }).mul(scale).add(shift);

function predict(w, tokens, { layers, heads, width, length, batch }) {
  const of = (layer, name) => w[`${layer}.${name}`].ref;
  // The gradient of a gather is not there (0.1.25); a product with a one-hot matrix is the same.
  let x = np.matmul(nn.oneHot(tokens, 256), w.bytes.ref).add(w.places.ref);
  for (let layer = 0; layer < layers; layer++) {
    const parts = np.matmul(norm(x.ref, of(layer, 'first.scale'), of(layer, 'first.shift')), of(layer, 'heads'));
    const [q, k, v] = np.split(parts, 3, 2).map((part) => part.reshape([batch, length, heads, width / heads]));
    const heard = nn.dotProductAttention(q, k, v, { isCausal: true }).reshape([batch, length, width]);
    x = x.add(np.matmul(heard, of(layer, 'joined')));
    const up = np.matmul(norm(x.ref, of(layer, 'second.scale'), of(layer, 'second.shift')), of(layer, 'up'));
    const wide = nn.gelu(up.add(of(layer, 'up.shift')), { approximate: false });
    x = x.add(np.matmul(wide, of(layer, 'down')).add(of(layer, 'down.shift')));
  }
  return np.matmul(norm(x, w['norm.scale'].ref, w['norm.shift'].ref), np.transpose(w.bytes.ref));
}

function surprise(w, tokens, next, sizes) {
  const found = nn.logSoftmax(predict(w, tokens, sizes), -1);
  tree.dispose(w);
  return np.mean(np.sum(found.mul(nn.oneHot(next, 256)), -1)).mul(-1);
}

const map = (f, ...trees) => Object.fromEntries(Object.keys(trees[0]).map((name) => [name, f(...trees.map((t) => t[name]))]));
const add = (values) => values.reduce((so, value) => so.add(value));

// now: [rate, 1 - beta1^t, 1 - beta2^t]
function update(params, means, squares, tokens, next, now, sizes, { beta1, beta2, epsilon, decay, clip }) {
  const [loss, raw] = valueAndGrad((w) => surprise(w, tokens, next, sizes))(map((p) => p.ref, params));
  const size = np.sqrt(add(Object.values(raw).map((g) => np.sum(g.ref.mul(g.ref)))));
  const factor = np.where(np.greater(size.ref, clip), np.reciprocal(size).mul(clip), 1);
  const grads = map((g) => g.mul(factor.ref), raw);
  factor.dispose();
  const [rate, one, two] = np.split(now, 3).map((part) => part.reshape([]));
  const m = map((mean, g) => mean.mul(beta1).add(g.ref.mul(1 - beta1)), means, grads);
  const s = map((square, g) => square.mul(beta2).add(g.ref.mul(g).mul(1 - beta2)), squares, grads);
  const kept = np.subtract(1, rate.ref.mul(decay));
  const p = map((p, mean, square) => p.mul(kept.ref).sub(mean.ref.div(one.ref).div(np.sqrt(square.ref.div(two.ref)).add(epsilon)).mul(rate.ref)), params, m, s);
  for (const used of [rate, one, two, kept]) used.dispose();
  return { params: p, means: m, squares: s, loss };
}

export async function open({ weights, shapes, sizes, adam }) {
  if (!(await init('webgpu')).includes('webgpu')) throw new Error('jax-js has no webgpu');
  defaultDevice('webgpu');
  let params = map((data, shape) => np.array(data, { shape }), weights, shapes);
  let means = map((shape) => np.zeros(shape), shapes), squares = map((shape) => np.zeros(shape), shapes), count = 0;
  const step = jit((p, m, s, tokens, next, now) => update(p, m, s, tokens, next, now, sizes, adam));
  const shape = [sizes.batch, sizes.length], integers = (data) => np.array(data, { shape, dtype: np.int32 });
  return {
    async step({ tokens, next, rate }) {
      count++;
      const now = np.array(new Float32Array([rate, 1 - adam.beta1 ** count, 1 - adam.beta2 ** count]));
      const made = step(params, means, squares, integers(tokens), integers(next), now);
      ({ params, means, squares } = made);
      return (await made.loss.data())[0];
    },
  };
}
