/** Names every cell can use: JavaScript's own, and what a worker offers, but for what the cell worker takes away (`walls.ts`). */
export const jsGlobals: ReadonlySet<string> = new Set(
  `globalThis self undefined NaN Infinity eval isFinite isNaN parseFloat parseInt
  decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape
  Object Function Boolean Symbol Number BigInt Math Date String RegExp Array Map Set WeakMap WeakSet WeakRef
  FinalizationRegistry Promise Proxy Reflect Iterator AsyncIterator JSON Intl Atomics Temporal
  Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError SuppressedError
  DisposableStack AsyncDisposableStack ArrayBuffer SharedArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray
  Int16Array Uint16Array Int32Array Uint32Array BigInt64Array BigUint64Array Float16Array Float32Array Float64Array
  console performance crypto setTimeout clearTimeout setInterval clearInterval queueMicrotask structuredClone
  reportError atob btoa Request Response Headers FormData URL URLSearchParams URLPattern
  AbortController AbortSignal Event EventTarget CustomEvent MessageChannel MessagePort MessageEvent
  Blob File FileReader TextEncoder TextDecoder TextEncoderStream TextDecoderStream ReadableStream WritableStream
  TransformStream CompressionStream DecompressionStream WebAssembly DOMException ImageData ImageBitmap
  createImageBitmap OffscreenCanvas DOMMatrix DOMPoint DOMRect navigator location WorkerGlobalScope`
    .split(/\s+/u)
    .filter((name) => name !== ""),
);

/** Names the host puts around a cell's code; no cell may declare them. */
export const hostNames: ReadonlySet<string> = new Set(["$k", "$tick", "$show", "$truth", "$equal"]);
