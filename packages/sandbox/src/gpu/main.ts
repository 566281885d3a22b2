import { faultData } from "@tilebook/base";
import { warmUp } from "@tilebook/compiler";
import { measureDevice } from "@tilebook/runtime";
import { takeBoot } from "../frame/bootstrap.ts";
import type { FromGpu, ToGpu } from "../protocol/gpu.ts";
import { AppLedger } from "./app-ledger.ts";
import { Desk } from "./desk.ts";
import { openDevice, type OpenedDevice } from "./open.ts";
import { peek } from "./peek.ts";
import { TensorTable } from "./tensors.ts";

/* The GPU worker: only our code. It opens the device, then serves the app page and the cell worker. */

/** How long the app may take to say what was kept. */
const TUNINGS_MS = 1_000;

interface Room {
  readonly device: OpenedDevice;
  readonly tensors: TensorTable;
  readonly desk: Desk;
}

const boot = takeBoot();
const [appPort] = boot.ports;
if (appPort === undefined) throw new Error("the GPU worker needs a port");
const app = appPort;
const send = (message: FromGpu): void => app.postMessage(message, []);
const ledger = new AppLedger(send);
const opened = Promise.withResolvers<Room>();
const kept = Promise.withResolvers<string | undefined>();

app.addEventListener("message", ({ data }: MessageEvent<ToGpu>) => void obey(data));
app.start();
// The frame hands over the end of each new cell worker's channel.
boot.more = ({ data, ports: [port] }) => {
  const { generation } = data as { readonly generation: number };
  if (port !== undefined) void opened.promise.then(({ desk }) => desk.join(port, generation));
};
boot.waiting.forEach(boot.more);

async function obey(message: ToGpu): Promise<void> {
  if (message.type === "ping") return send({ type: "pong", beat: message.beat });
  if (message.type === "noted") return ledger.noted(message.id, message.allowed);
  if (message.type === "keptTunings") return kept.resolve(message.text);
  if (message.type === "open") return void open(message).then(opened.resolve, opened.reject);
  const { desk, tensors, device } = await opened.promise;
  switch (message.type) {
    case "abort":
      return desk.abort(message.run);
    case "retain":
      return desk.retain(message.generation, message.tensors);
    case "peek":
      try {
        const { id, request } = message;
        return send({ type: "peeked", id, peek: await peek(device.executor, tensors, request) });
      } catch (error) {
        return send({ type: "unpeeked", id: message.id, fault: faultData(error) });
      }
    case "inspect":
      return inspect(desk, message);
    case "probe":
      desk.probe(message.run, message.probe);
      return send({ type: "probing", id: message.id });
    case "endProbe":
      return desk.endProbe(message.run);
    case "step":
      return desk.step(message.id, message.request);
    case "measure":
      return measure(device, message.id);
    case "tuner":
      return device.tuning?.obey(message.order);
    case "tellTunings": {
      const text = device.tuning?.text();
      return send({ type: "tuningsTold", id: message.id, ...(text === undefined ? {} : { text }) });
    }
    case "mergeTunings":
      return mergeTunings(device, message);
  }
}

function inspect(desk: Desk, { id, request }: Extract<ToGpu, { readonly type: "inspect" }>): void {
  try {
    send({ type: "inspected", id, detail: desk.inspect(request) });
  } catch (error) {
    send({ type: "uninspected", id, fault: faultData(error) });
  }
}

function mergeTunings(
  { tuning }: OpenedDevice,
  { id, text, from }: Extract<ToGpu, { readonly type: "mergeTunings" }>,
): void {
  try {
    const merged = tuning?.merge(text, from);
    send({ type: "tuningsMerged", id, ...(merged === undefined ? {} : { merged }) });
  } catch (error) {
    send({ type: "tuningsRefused", id, fault: faultData(error) });
  }
}

async function measure({ gpu }: OpenedDevice, id: number): Promise<void> {
  try {
    const speed = gpu === undefined ? undefined : await measureDevice(gpu);
    send({ type: "measured", id, ...(speed === undefined ? {} : { speed }) });
  } catch (error) {
    send({ type: "unmeasured", id, fault: faultData(error) });
  }
}

/** The first run goes the way that was the fastest before, so it waits for what was kept, and not long. */
async function restoreTunings({ tuning }: OpenedDevice): Promise<void> {
  if (tuning === undefined) return;
  send({ type: "tunings", device: tuning.device });
  const late = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), TUNINGS_MS);
  });
  const text = await Promise.race([kept.promise, late]);
  if (text !== undefined) tuning.restore(text);
}

async function open(options: Extract<ToGpu, { readonly type: "open" }>): Promise<Room> {
  const device = await openDevice({ ...options, toApp: send }, ({ message, recovering }) =>
    send({ type: "deviceLost", message: message.slice(0, 2_000), recovering }),
  );
  await restoreTunings(device);
  const tensors = new TensorTable(device.executor);
  const desk = new Desk({ ...device, tensors, toApp: send, ledger });
  send({ type: "device", report: device.executor.report() });
  // Nobody has asked for anything yet: the first kernel finds the compiler warm.
  if (options.warm) setTimeout(() => warmUp(device.compiler.target));
  return { device, tensors, desk };
}
