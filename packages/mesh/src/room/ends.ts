import { Fault } from "@tilebook/base";

/** The fingerprints of a connection's two ends, as this side sees them. Fault `room/proof` where a description names none, or more than one. */
export function endsOf({ localDescription, remoteDescription }: RTCPeerConnection): {
  readonly mine: string;
  readonly theirs: string;
} {
  return { mine: fingerprintOf(localDescription), theirs: fingerprintOf(remoteDescription) };
}

function fingerprintOf(description: RTCSessionDescription | null): string {
  const lines = (description?.sdp ?? "").matchAll(/^a=fingerprint:(sha-256 [0-9a-f:]+)\s*$/gimu);
  const [first, ...others] = new Set(Array.from(lines, ([, value = ""]) => value.toUpperCase()));
  if (first === undefined || others.length > 0)
    throw new Fault("room/proof", "a connection has not one fingerprint on each side");
  return first;
}
