import { openPeerDevice, type PeerDevice } from "@tilebook/sandbox";

const mebibyte = 2 ** 20;

let device: Promise<PeerDevice> | undefined;

/** The device of this page for meshes, beside that of the cells. Opened when it is first needed, in a frame of its own. */
export function ownDevice(): Promise<PeerDevice> {
  device ??= openPeerDevice({
    frameUrl: new URL("frame.html", document.baseURI).href,
    budgetBytes: 1024 * mebibyte,
    interpreter: new URLSearchParams(location.search).has("interpreter"),
  });
  device.catch(() => {
    device = undefined;
  });
  return device;
}

/** Counts how often the device was given back. */
let given = 0;

/** Says which device `ownDevice` gives: another number, another one. */
export function deviceNumber(): number {
  return given;
}

/** Gives its GPU back. What lies on it is lost; the next who needs one opens another. */
export function giveBackDevice(): void {
  void device?.then(
    (open) => open.close(),
    () => undefined,
  );
  device = undefined;
  given += 1;
}
