import type { PauseReason } from "@tilebook/mesh";
import type { JoinState } from "./store.ts";

/** How things stand, in one word for colours and a few for people. */
export interface Status {
  readonly kind: "waiting" | "working" | "idle" | "paused" | "lost" | "refused" | "left";
  readonly title: string;
  readonly text: string;
}

type Standing = Pick<JoinState, "room" | "device" | "paused" | "figures">;

/** The room comes first: without it nothing else matters. Then the device, then whether it may work, then whether it does. */
export function statusOf({ room, device, paused, figures }: Standing): Status {
  switch (room.kind) {
    case "meeting":
      return room.fault === undefined
        ? { kind: "waiting", title: "Looking for the host", text: "This takes a second or two." }
        : { kind: "waiting", title: "The host does not answer", text: said(room.fault) };
    case "knocking":
      return {
        kind: "waiting",
        title: "Waiting to be let in",
        text: "The host has to let this device in. Leave this page open.",
      };
    case "lost":
      return {
        kind: "lost",
        title: "Connection lost",
        text: `${sentence(room.fault.message)} This page looks for the host by itself and goes on when it is back.`,
      };
    case "refused":
      return { kind: "refused", ...refusals(room.reason, room.again) };
    case "left":
      return { kind: "left", title: "You have left", text: "Nothing of the host runs here any more." };
    case "in":
      return inRoom({ device, paused, figures });
  }
}

function inRoom({ device, paused, figures }: Omit<Standing, "room">): Status {
  if (device.kind === "lost")
    return {
      kind: "lost",
      title: "The GPU was lost",
      text: device.recovering ? "It is being opened again." : "Reload this page to open it again.",
    };
  const [reason] = paused;
  if (reason !== undefined) return { kind: "paused", title: "Paused", text: pauses[reason] };
  if (device.kind === "opening")
    return { kind: "waiting", title: "Opening the GPU", text: "The host knows that this device is here." };
  if (figures.busy) return { kind: "working", title: "Working", text: "This device computes for the host." };
  return { kind: "idle", title: "Ready", text: "Nothing to do at the moment." };
}

const pauses: Readonly<Record<PauseReason, string>> = {
  hidden: "While this tab is hidden it takes no tasks.",
  person: "You have paused it. It takes no tasks.",
  battery: "The battery is low. It goes on when the device is plugged in.",
  data: "This device saves data. Turn that off to go on.",
};

function refusals(reason: string, again: boolean): Pick<Status, "title" | "text"> {
  const known: Readonly<Record<string, readonly [title: string, text: string]>> = {
    locked: ["The room is locked", "Nobody new comes in. Ask the host to unlock it."],
    full: ["The room is full", "It has as many devices as the host wants."],
    declined: ["Not let in", "The host did not let this device in. Ask whoever sent the link."],
    removed: ["Put out", "The host has put this device out of the room."],
    unproven: ["The link is not valid", "The host may have made a new one. Ask for it."],
    protocol: ["Different versions", "Reload this page, and the host's page, to get the same version."],
    slow: ["It took too long", "The host's page was busy."],
    elsewhere: ["Open elsewhere", "This device computes for the room in another tab."],
    closed: ["The room is closed", "The host has closed it."],
  };
  const [title, text] = known[reason] ?? ["Not let in", "The host did not say why."];
  return { title, text: again ? `${text} This page tries again by itself.` : text };
}

function said({ message, hint }: { readonly message: string; readonly hint?: string }): string {
  return hint === undefined ? sentence(message) : `${sentence(message)} ${sentence(hint)}`;
}

/** Messages of faults begin small and have no end. */
export function sentence(text: string): string {
  const whole = /[.?!]$/.test(text) ? text : `${text}.`;
  return whole.charAt(0).toUpperCase() + whole.slice(1);
}
