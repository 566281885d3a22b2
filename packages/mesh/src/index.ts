export { Asks } from "./run/asks.ts";
export { BudgetedDevice, type BudgetedDeviceOptions, type Work } from "./run/budgeted-device.ts";
export type { ContentShelf } from "./run/content-shelf.ts";
export { type Device, executorDevice } from "./run/device.ts";
export { GraphDesk, type GraphOrder } from "./run/graph-desk.ts";
export type { RankFigures, Timeline, TimelineEvent } from "./run/figures.ts";
export { type ComputeOptions, type GlobalTensor, Group, type GroupOptions } from "./run/group.ts";
export { type Edge, rehearse, type Rehearsal, type RehearsalOptions } from "./run/rehearsal.ts";
export { measuredCosts } from "./run/measured-costs.ts";
export { aPeerNews, type PauseReason, type PeerNews } from "./run/peer-news.ts";
export { probe } from "./run/probe.ts";
export type { RunEvent } from "./run/timeline.ts";
export { Watcher } from "./run/watcher.ts";
export { type PeerId, PeerWorker, type WorkerOptions } from "./run/worker.ts";
export { type Boxing, boxingBytes, boxingOf, canBox } from "./sbp/boxing.ts";
export { type Chosen, chooseSignatures } from "./sbp/choose.ts";
export type { Layouts, Wanted } from "./sbp/layouts.ts";
export { fastest, type LinkCosts } from "./sbp/link-costs.ts";
export { type Lowering, lowerToRanks } from "./sbp/lower.ts";
export type { PeerPlan, Receive, Send, Task } from "./sbp/peer-plan.ts";
export {
  at,
  broadcast,
  liesOn,
  localType,
  partial,
  type Range,
  rangesOf,
  type Sbp,
  sayOf,
  split,
} from "./sbp/sbp.ts";
export type { Algorithm } from "./sbp/schedule.ts";
export type { Signature } from "./sbp/signature.ts";
export { signaturesOf } from "./sbp/signatures.ts";
export { type Channel, dataChannel } from "./transport/channel.ts";
export type { Traffic } from "./transport/counters.ts";
export type { Accept, Opening, Sink } from "./transport/inbox.ts";
export type { Channels } from "./transport/lanes.ts";
export { Link, type LinkOptions } from "./transport/link.ts";
export { Priority, type PriorityNumber, type SendOptions } from "./transport/outbox.ts";
export { encodePacket, Type } from "./transport/packet.ts";
export { openChannels } from "./transport/peer-connection.ts";
export { type LinkSpeed, Throttle } from "./transport/throttle.ts";
