/** Runs in a page, before all else: keeps its connections, for the functions below, which run there, too. */
export function noteConnections(): void {
  const noted: RTCPeerConnection[] = [];
  const Plain = RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Plain {
    constructor(options?: RTCConfiguration) {
      super(options);
      noted.push(this);
    }
  };
  Object.assign(globalThis, { noted });
}

/** Kinds of the candidates that a page has heard of others. What it knows of a hub, it has written itself. */
export function kindsHeard(): string[] {
  const { noted } = globalThis as unknown as { noted: RTCPeerConnection[] };
  return noted
    .map(({ remoteDescription }) => remoteDescription?.sdp ?? "")
    .filter((sdp) => !sdp.includes("a=ice-lite"))
    .flatMap((sdp) => Array.from(sdp.matchAll(/^a=candidate:.* typ (\w+)/gmu), ([, kind = ""]) => kind));
}

/** Connections of a page to hubs that have not ended. */
export function hubsHeld(): number {
  const { noted } = globalThis as unknown as { noted: RTCPeerConnection[] };
  return noted.filter(
    ({ connectionState, remoteDescription }) =>
      connectionState !== "closed" && remoteDescription?.sdp.includes("a=ice-lite"),
  ).length;
}

/** By which kind of candidate of the other side a page's connections go: those that are up, to others than a hub. */
export async function kindsUsed(): Promise<string[]> {
  const { noted } = globalThis as unknown as { noted: RTCPeerConnection[] };
  const toOthers = noted.filter(
    ({ connectionState, remoteDescription }) =>
      connectionState === "connected" && remoteDescription?.sdp.includes("a=ice-lite") === false,
  );
  const kinds = new Set<string>();
  for (const connection of toOthers) {
    const stats = await connection.getStats();
    for (const one of Array.from(stats.values() as Iterable<Record<string, string>>)) {
      if (one["type"] !== "transport") continue;
      const pair = stats.get(one["selectedCandidatePairId"] ?? "") as Record<string, string> | undefined;
      const remote = stats.get(pair?.["remoteCandidateId"] ?? "") as Record<string, string> | undefined;
      kinds.add(remote?.["candidateType"] ?? "none");
    }
  }
  return Array.from(kinds).toSorted();
}
