// The gallery's language model (public/notebooks/chat.nb.md) in ONNX Runtime Web on WebGPU: the prompt at once, then a byte a step. Keys and values lie in GPU
// buffers of the whole length that are input and output of each run (past and present of GroupQueryAttention, shared), so they are never copied.
import * as ort from 'onnxruntime-web/webgpu';
import { INT32, INT64, model } from './onnx.js';

const MS = 'com.microsoft';

function graph({ weights, shapes, sizes: { layers, heads, headSize, length } }) {
  const LN = { axis: -1, epsilon: { f: 1e-5 } }, kept = [1, heads, length, headSize];
  const nodes = [['Gather', ['bytes', 'ids'], ['letters']], ['Gather', ['places', 'at'], ['stands']], ['Add', ['letters', 'stands'], ['x0']]];
  const inputs = { ids: [INT32, [1, 'rows']], at: [INT32, [1, 'rows']], sl: [INT32, [1, 1]], tl: [INT32, [1]] };
  const outputs = { next: [INT64, [1]] };
  for (let layer = 0; layer < layers; layer++) {
    const w = (name) => `${layer}.${name}`, t = (name) => `${name}${layer}`, add = (...node) => nodes.push(node);
    add('LayerNormalization', [t('x'), w('first.scale'), w('first.shift')], [t('h')], LN);
    add('MatMul', [t('h'), w('heads')], [t('qkv')]);
    add('GroupQueryAttention', [t('qkv'), '', '', t('pastK'), t('pastV'), 'sl', 'tl'], [t('o'), t('presentK'), t('presentV')], { num_heads: heads, kv_num_heads: heads }, MS);
    add('MatMul', [t('o'), w('joined')], [t('p')]); add('Add', [t('x'), t('p')], [t('r')]);
    add('LayerNormalization', [t('r'), w('second.scale'), w('second.shift')], [t('h2')], LN);
    add('MatMul', [t('h2'), w('up')], [t('f')]); add('Add', [t('f'), w('up.shift')], [t('fb')]); add('Gelu', [t('fb')], [t('g')]);
    add('MatMul', [t('g'), w('down')], [t('d')]); add('Add', [t('d'), w('down.shift')], [t('db')]); add('Add', [t('r'), t('db')], [`x${layer + 1}`]);
    for (const side of ['K', 'V']) { inputs[t(`past${side}`)] = kept; outputs[t(`present${side}`)] = kept; }
  }
  nodes.push(['Gather', [`x${layers}`, 'end'], ['last'], { axis: 1 }], ['LayerNormalization', ['last', 'norm.scale', 'norm.shift'], ['n'], LN],
    ['Gemm', ['n', 'bytes'], ['scores'], { transB: 1 }], ['ArgMax', ['scores'], ['next'], { axis: -1, keepdims: 0 }]);
  const constants = Object.fromEntries(Object.entries(weights).map(([name, data]) => [name, [data, shapes[name]]]));
  return model({ nodes, inputs, outputs, weights: { ...constants, end: [Int32Array.of(-1), []] } });
}

export async function open(setting) {
  const { layers, heads, headSize, length } = setting.sizes;
  ort.env.wasm.wasmPaths = '/ort/'; ort.env.logLevel = 'error';
  const names = Array.from({ length: layers }, (_, layer) => ['K', 'V'].map((side) => [`past${side}${layer}`, `present${side}${layer}`])).flat();
  let session, caches;
  const begin = async () => {
    session = await ort.InferenceSession.create(graph(setting), { executionProviders: ['webgpu'], logSeverityLevel: 3, preferredOutputLocation: { next: 'cpu', ...Object.fromEntries(names.map(([, present]) => [present, 'gpu-buffer'])) } });
    const device = await ort.env.webgpu.device;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    caches = names.map(() => ort.Tensor.fromGpuBuffer(device.createBuffer({ size: 4 * heads * length * headSize, usage }), { dataType: 'float32', dims: [1, heads, length, headSize] }));
  };
  const int = (list, dims) => new ort.Tensor('int32', Int32Array.from(list), dims);
  const step = async (tokens, before) => {
    const rows = tokens.length, all = before + rows;
    const feeds = { ids: int(tokens, [1, rows]), at: int(tokens.map((_, at) => before + at), [1, rows]), sl: int([all - 1], [1, 1]), tl: int([all], [1]) };
    const fetches = { next: null };
    names.forEach(([past, present], at) => { feeds[past] = caches[at]; fetches[present] = caches[at]; });
    return Number((await session.run(feeds, fetches)).next.data[0]);
  };
  return {
    async write(prompt, most, onToken) {
      if (!session) await begin();
      const tokens = [await step([...prompt], 0)];
      for (onToken(); tokens.length < most; onToken()) tokens.push(await step([tokens.at(-1)], prompt.length + tokens.length - 1));
      return tokens;
    },
  };
}
