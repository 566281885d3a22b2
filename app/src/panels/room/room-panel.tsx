import { type ReactNode, useState } from "react";
import { closeRoom, openRoom, stopLending } from "../../room/room.ts";
import { type RoomView, useRoom } from "../../room/room-state.ts";
import { HubField } from "./hub-field.tsx";
import { Invitation } from "./invitation.tsx";
import { LanesOfRun } from "./lanes.tsx";
import { Members } from "./members.tsx";
import { TrafficMap } from "./traffic-map.tsx";
import "./room-panel.css";

/** Other devices that compute with this one: how they come, who is there, what goes between them. */
export function RoomPanel(): ReactNode {
  const view = useRoom((state) => state);
  if (view.kind === "open")
    return (
      <div className="room-panel">
        <Invitation link={view.link} words={view.words} policy={view.policy} />
        <Members view={view} />
        <LanesOfRun />
        <TrafficMap view={view} />
        <section className="room-ends">
          <button type="button" className="button" onClick={closeRoom}>
            Close the room
          </button>
          <button type="button" className="button" data-kind="stop" onClick={stopLending}>
            Stop using my GPU
          </button>
          <p>
            Closing keeps the link good: it opens the same room again. Cells of this notebook keep their GPU.
          </p>
        </section>
      </div>
    );
  return <ClosedRoom view={view} />;
}

/** What a room is, and how to open one. */
function ClosedRoom({ view }: { readonly view: Exclude<RoomView, { kind: "open" }> }): ReactNode {
  // What is kept is the code before: nobody means that one while something else stands there.
  const [isWrong, setWrong] = useState(false);
  return (
    <div className="room-panel">
      <p>
        Open a room, and people who scan its code lend the GPUs of their laptops and phones to this notebook:
        cells that say <code>mesh()</code> compute on all of them together.
      </p>
      <ul className="room-facts">
        <li>
          Only kernels and numbers travel. Nobody gets your text or your files, and none of your code runs
          elsewhere.
        </li>
        <li>Devices connect to each other directly. What they compute on, they can see.</li>
        <li>
          Without a room, <code>mesh(4)</code> rehearses with four ranks in this page.
        </li>
      </ul>
      <HubField isWrong={isWrong} onWrong={setWrong} />
      {view.kind === "failed" && (
        <p className="room-failed" role="alert">
          The room could not be opened: {view.fault.message}
        </p>
      )}
      <button
        type="button"
        className="button"
        data-kind="main"
        disabled={view.kind === "opening" || isWrong}
        onClick={() => void openRoom()}
      >
        {view.kind === "opening" ? "Opening…" : "Open a room"}
      </button>
      <LanesOfRun />
    </div>
  );
}
