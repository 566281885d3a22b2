/*
 * What the cell worker takes away from its own global object before any user code runs. The wall is the opaque
 * origin and the frame's CSP; this is hygiene (clear errors, no nested workers, no GPU beside the GPU worker).
 */

const removed: readonly string[] = [
  "Worker",
  "SharedWorker",
  "fetch",
  "XMLHttpRequest",
  "WebSocket",
  "WebSocketStream",
  "WebTransport",
  "EventSource",
  "importScripts",
  "BroadcastChannel",
  "indexedDB",
  "caches",
  "RTCPeerConnection",
  "Notification",
  "FontFace",
  "postMessage",
  "onmessage",
  "close",
  "crossOriginIsolated",
  "cookieStore",
];

const removedFromNavigator: readonly string[] = [
  "gpu",
  "storage",
  "locks",
  "serviceWorker",
  "sendBeacon",
  "usb",
  "hid",
  "serial",
  "bluetooth",
  "connection",
  "storageBuckets",
  "permissions",
  "mediaCapabilities",
  "userActivation",
  "ml",
];

/** Deletes the names along the prototype chain. Returns those that could not be deleted. */
export function buildWalls(scope: object = globalThis): readonly string[] {
  const navigator: unknown = Reflect.get(scope, "navigator");
  return [
    ...removed.filter((name) => !remove(scope, name)),
    ...(typeof navigator === "object" && navigator !== null
      ? removedFromNavigator.filter((name) => !remove(navigator, name))
      : []),
  ];
}

function remove(from: object, name: string): boolean {
  for (let at: object | null = from; at !== null; at = Object.getPrototypeOf(at) as object | null)
    if (Object.hasOwn(at, name) && !Reflect.deleteProperty(at, name)) return false;
  return !Reflect.has(from, name);
}
