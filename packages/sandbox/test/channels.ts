/**
 * Ways out of a worker. Each is the body of an async function over `trap` (a URL whose every hit is counted) and gives
 * back what it got; most throw. Run in three places: in a cell, in the frame's data: worker without our hygiene (only
 * the browser's walls), and, as the control that shows that the trap works, in a worker of a page without walls.
 */
export const channels: Readonly<Record<string, string>> = {
  fetch: "return (await fetch(trap + '/fetch')).status",
  "fetch no-cors POST":
    "return (await fetch(trap + '/post', { method: 'POST', mode: 'no-cors', body: 'x' })).type",
  "fetch keepalive": "return (await fetch(trap + '/keepalive', { mode: 'no-cors', keepalive: true })).type",
  "fetch of the Function realm":
    "return (await new Function('u', 'return fetch(u)')(trap + '/function')).status",
  XMLHttpRequest:
    "const x = new XMLHttpRequest(); x.open('GET', trap + '/xhr'); x.send(); await new Promise((ok, no) => { x.onload = ok; x.onerror = no; }); return x.status",
  "XMLHttpRequest sync":
    "const x = new XMLHttpRequest(); x.open('GET', trap + '/xhr-sync', false); x.send(); return x.status",
  WebSocket:
    "const s = new WebSocket(trap.replace('http', 'ws') + '/ws'); await new Promise((ok, no) => { s.onopen = ok; s.onerror = no; }); return s.readyState",
  WebSocketStream:
    "const s = new WebSocketStream(trap.replace('http', 'ws') + '/wss'); await s.opened; return 'open'",
  EventSource:
    "const s = new EventSource(trap + '/events'); await new Promise((ok, no) => { s.onopen = ok; s.onerror = no; }); return s.readyState",
  WebTransport:
    "const t = new WebTransport(trap.replace('http:', 'https:') + '/wt'); await t.ready; return 'open'",
  importScripts: "importScripts(trap + '/import-scripts.js'); return 'imported'",
  "import()": "return Object.keys(await (0, eval)('import(' + JSON.stringify(trap + '/import.js') + ')'))",
  "import() of a data: module that imports":
    "return Object.keys(await (0, eval)('import(' + JSON.stringify('data:text/javascript,import ' + JSON.stringify(trap + '/nested-import.js')) + ')'))",
  "nested Worker":
    "const w = new Worker(trap + '/worker.js'); await new Promise((ok, no) => { w.onmessage = ok; w.onerror = no; }); return 'ran'",
  "nested data: Worker that fetches":
    "const w = new Worker('data:text/javascript,' + encodeURIComponent('fetch(' + JSON.stringify(trap + '/nested-data') + \", { mode: 'no-cors' }).then(() => postMessage(1), () => postMessage(0))\")); const { data } = await new Promise((ok, no) => { w.onmessage = ok; w.onerror = no; }); if (data !== 1) throw new Error('nothing'); return data",
  "nested blob: Worker that fetches":
    "const u = URL.createObjectURL(new Blob(['fetch(' + JSON.stringify(trap + '/nested-blob') + \", { mode: 'no-cors' }).then(() => postMessage(1), () => postMessage(0))\"])); const w = new Worker(u); const { data } = await new Promise((ok, no) => { w.onmessage = ok; w.onerror = no; }); if (data !== 1) throw new Error('nothing'); return data",
  SharedWorker:
    "const w = new SharedWorker(trap + '/shared.js'); await new Promise((r) => (w.onerror = r)); return 'ran'",
  ServiceWorker: "await navigator.serviceWorker.register(trap + '/sw.js'); return 'registered'",
  sendBeacon: "return navigator.sendBeacon(trap + '/beacon', 'x')",
  RTCPeerConnection:
    "const c = new RTCPeerConnection({ iceServers: [{ urls: 'stun:' + new URL(trap).host }] }); c.createDataChannel('x'); await c.setLocalDescription(); return 'gathering'",
  FontFace: "const f = new FontFace('x', 'url(' + trap + '/font.woff2)'); await f.load(); return 'loaded'",
  Image: "const i = new Image(); i.src = trap + '/image.png'; return 'asked'",
  "WebAssembly streaming":
    "await WebAssembly.compileStreaming(fetch(trap + '/module.wasm')); return 'compiled'",
  "Cache.add": "const c = await caches.open('x'); await c.add(trap + '/cache-add'); return 'cached'",
  location: "location.href = trap + '/location'; return 'went'",
  open: "return String(open(trap + '/open'))",
  "source map": "(0, eval)('//# sourceMappingURL=' + trap + '/map.json'); return 'evaluated'",
  indexedDB:
    "const r = indexedDB.open('secret'); const db = await new Promise((ok, no) => { r.onsuccess = () => ok(r.result); r.onerror = () => no(r.error); }); return Array.from(db.objectStoreNames)",
  "indexedDB.databases": "return (await indexedDB.databases()).map((d) => d.name)",
  caches: "return await caches.keys()",
  "origin private files":
    "const root = await navigator.storage.getDirectory(); const names = []; for await (const name of root.keys()) names.push(name); return names",
  "storage estimate": "return (await navigator.storage.estimate()).usage",
  localStorage: "return localStorage.getItem('secret')",
  sessionStorage: "return sessionStorage.getItem('secret')",
  "document.cookie": "return document.cookie",
  cookieStore: "return (await cookieStore.getAll()).map((c) => c.value)",
  BroadcastChannel:
    "const b = new BroadcastChannel('app'); b.postMessage('CANARY from the cell'); return 'sent'",
  locks: "return await navigator.locks.request('secret', (lock) => 'held ' + lock.name)",
  parent: "return parent.document.title",
  top: "top.location.href = trap + '/top'; return 'went'",
  "navigator.gpu": "return String(await navigator.gpu.requestAdapter())",
  "prototype chain":
    "for (let at = globalThis; at !== null; at = Object.getPrototypeOf(at)) if (Object.hasOwn(at, 'fetch')) return (await at.fetch(trap + '/prototype')).status; throw new Error('nowhere')",
  "messages to the frame": "postMessage({ type: 'broken', message: 'CANARY' }); return 'sent'",
};

/** Channels that are there in the browser's walls alone, and say nothing about what is in the app. */
export const harmlessInTheFrame: readonly string[] = [
  "BroadcastChannel",
  "messages to the frame",
  "navigator.gpu",
  "location",
  "source map",
];

/** One channel's end: what it gave, or why it did not. */
export interface Leak {
  readonly channel: string;
  readonly got?: string;
  readonly refused?: string;
}

/** The body of an async function over `trap` and `channels` that tries them all, each at most a second and a half. */
export const tryAll: string = `
const tried = [];
for (const [channel, body] of Object.entries(channels)) {
  let timer;
  const late = new Promise((_, no) => { timer = setTimeout(() => no(new Error("no answer")), 1500); });
  try {
    const make = Object.getPrototypeOf(async function () {}).constructor;
    const got = await Promise.race([make("trap", body)(trap), late]);
    tried.push({ channel, got: JSON.stringify(got) ?? "undefined" });
  } catch (error) {
    tried.push({ channel, refused: String(error).slice(0, 200) });
  }
  clearTimeout(timer);
}
return tried;
`;
