import { Cable, CircleAlert, Cpu, UserX } from "lucide-react";
import type { ReactNode } from "react";
import { bitRate } from "../../shared/format.ts";
import { admit, decline, putOut } from "../../room/room.ts";
import type { MemberView, RoomView, WaitingView } from "../../room/room-state.ts";

type Open = Extract<RoomView, { readonly kind: "open" }>;

/** Who is in the room, this device first, and who waits at its door. */
export function Members({ view }: { readonly view: Open }): ReactNode {
  return (
    <section>
      {view.waiting.length > 0 && (
        <>
          <h3>Waiting at the door</h3>
          <ul className="room-members">
            {view.waiting.map((one) => (
              <Waiting key={one.id} one={one} />
            ))}
          </ul>
        </>
      )}
      <h3>{view.members.length === 0 ? "Nobody else is here yet" : `${view.members.length + 1} devices`}</h3>
      <ul className="room-members">
        <li data-state="ready">
          <span className="room-dot" />
          <b>this device</b>
          <span className="room-about">{view.device}</span>
        </li>
        {view.members.map((member) => (
          <Member key={member.id} member={member} />
        ))}
      </ul>
    </section>
  );
}

function Waiting({ one: { id, name } }: { readonly one: WaitingView }): ReactNode {
  return (
    <li data-state="waiting">
      <span className="room-dot" />
      <b>{name === "" ? "somebody without a name" : name}</b>
      <span className="room-buttons">
        <button type="button" className="button" data-kind="main" onClick={() => admit(id)}>
          Let in
        </button>
        <button type="button" className="button" onClick={() => decline(id)}>
          Decline
        </button>
      </span>
    </li>
  );
}

function Member({ member }: { readonly member: MemberView }): ReactNode {
  const { id, name, state, why, device, isInterpreter = false, gflops, lastError } = member;
  const facts = [
    device ?? "looking for its device…",
    ...(isInterpreter ? ["no GPU: interpreter"] : []),
    ...(gflops === undefined ? [] : [`${gflops.toPrecision(2)} GFLOP/s`]),
    ...(why === undefined ? [] : [why]),
    ...(state === "lost" && why === undefined ? ["not heard of: it has a minute to come back"] : []),
  ];
  return (
    <li data-state={state}>
      <span className="room-dot" />
      <b>{name === "" ? "somebody" : name}</b>
      <button
        type="button"
        className="tool"
        aria-label={`Put ${name} out`}
        title="Put out"
        onClick={() => putOut(id)}
      >
        <UserX size={15} />
      </button>
      <span className="room-about">
        {member.role === "compute" && <Cpu size={13} aria-hidden />} {facts.join(" · ")}
      </span>
      <LinkLine member={member} />
      {lastError !== undefined && lastError !== why && (
        <span className="room-about">
          <CircleAlert size={13} aria-hidden /> Last error: {lastError}
        </span>
      )}
    </li>
  );
}

/** How far it is, and how fast the way was seen to be. */
function LinkLine({ member: { roundTrip, mbpsTo, mbpsFrom } }: { readonly member: MemberView }): ReactNode {
  const facts = [
    ...(roundTrip === undefined ? [] : [`${roundTrip.toFixed(roundTrip < 10 ? 1 : 0)} ms away`]),
    ...(mbpsTo === undefined ? [] : [`${bitRate(mbpsTo)} to it`]),
    ...(mbpsFrom === undefined ? [] : [`${bitRate(mbpsFrom)} from it`]),
  ];
  if (facts.length === 0) return null;
  return (
    <span className="room-about">
      <Cable size={13} aria-hidden /> {facts.join(" · ")}
    </span>
  );
}
