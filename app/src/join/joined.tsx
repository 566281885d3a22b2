import type { ReactNode } from "react";
import { bitRate, bytes, grouped, shortTime, significant } from "../shared/format.ts";
import { Budget } from "./budget.tsx";
import { HostCard } from "./host-card.tsx";
import { Pulse } from "./pulse.tsx";
import { join, leave, pause } from "./start.ts";
import { statusOf } from "./status.ts";
import { type JoinState, useJoin } from "./store.ts";

/** After the consent: how things stand, what this device does, and the way out. */
export function Joined(): ReactNode {
  const over = useJoin(isOver);
  return (
    <div className="joined">
      <StatusView />
      <Pulse />
      <FiguresView />
      <DeviceLine />
      <LinkLine />
      {!over && <Budget joined />}
      {!over && <HostCard />}
      {over ? <AfterActions /> : <Actions />}
    </div>
  );
}

function isOver({ stage, room }: JoinState): boolean {
  return stage === "failed" || room.kind === "left" || (room.kind === "refused" && !room.again);
}

function StatusView(): ReactNode {
  const room = useJoin((state) => state.room);
  const device = useJoin((state) => state.device);
  const paused = useJoin((state) => state.paused);
  const figures = useJoin((state) => state.figures);
  const worked = useJoin((state) => (state.pulse.at(-1) ?? 0) > 0);
  const busy = figures.busy || worked;
  const { kind, title, text } = statusOf({ room, device, paused, figures: { ...figures, busy } });
  return (
    <div className="status" data-kind={kind} role="status">
      <h1>
        <span className="status-light" aria-hidden />
        {title}
      </h1>
      <p>{text}</p>
    </div>
  );
}

function FiguresView(): ReactNode {
  const { tasks, operations, busyMs, received, sent, held, roundTrip } = useJoin((state) => state.figures);
  const speed = operations / Math.max(1, busyMs) / 1e6;
  return (
    <dl className="figures">
      <Figure name="Tasks done" value={grouped(tasks)} />
      <Figure name="GFLOP/s at work" value={tasks === 0 ? "–" : speedText(speed)} />
      <Figure name="Received" value={bytes(received)} />
      <Figure name="Sent" value={bytes(sent)} />
      <Figure name="Held for others" value={bytes(held)} />
      <Figure name="To the host and back" value={roundTrip === undefined ? "–" : shortTime(roundTrip)} />
    </dl>
  );
}

/** Small tasks are over before they get anywhere: how far says nothing. */
function speedText(gflops: number): string {
  return gflops < 0.01 ? "< 0.01" : significant(gflops, 3);
}

function Figure({ name, value }: { readonly name: string; readonly value: string }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function DeviceLine(): ReactNode {
  const device = useJoin((state) => state.device);
  if (device.kind !== "ready") return undefined;
  const { kind, name, reason, gflops, gigabytesPerSecond } = device.report;
  return (
    <p className="device-line">
      {kind === "gpu" ? name : `This device's processor: ${reason ?? "there is no GPU"}`}
      {gflops !== undefined && ` · at best ${significant(gflops, 3)} GFLOP/s`}
      {gigabytesPerSecond !== undefined && `, ${significant(gigabytesPerSecond, 3)} GB/s`}
    </p>
  );
}

/** How fast the way to the host was seen to be, and whether the host has made it slow. */
function LinkLine(): ReactNode {
  const mbps = useJoin((state) => state.figures.mbps);
  const slowed = useJoin((state) => state.slowed);
  const how = sayLink(slowed);
  return (
    <>
      {mbps !== undefined && <p className="device-line">Link to the host: {bitRate(mbps)}, as seen so far</p>}
      {how !== "" && <p className="device-line">Links slowed by the host for a demonstration: {how}</p>}
    </>
  );
}

function sayLink({ mbps, ms, loss }: JoinState["slowed"]): string {
  return [
    ...(mbps === undefined ? [] : [bitRate(mbps)]),
    ...(ms === undefined ? [] : [`${significant(ms, 3)} ms`]),
    ...(loss === undefined ? [] : [`${significant(100 * loss, 2)} % lost`]),
  ].join(", ");
}

function Actions(): ReactNode {
  const paused = useJoin((state) => state.paused.includes("person"));
  return (
    <footer className="join-actions">
      <button type="button" className="button" onClick={() => void pause(!paused)}>
        {paused ? "Go on" : "Pause"}
      </button>
      <button type="button" className="button" data-kind="stop" onClick={() => void leave()}>
        Leave
      </button>
    </footer>
  );
}

function AfterActions(): ReactNode {
  return (
    <footer className="join-actions">
      <a className="button" href="./">
        Go to Tilebook
      </a>
      <button type="button" className="button" data-kind="main" onClick={() => void join()}>
        Join again
      </button>
    </footer>
  );
}
