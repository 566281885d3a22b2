import { mostText, type Topics } from "./topics.ts";

/** Topics among the tabs of one browser, without any server. */
export function tabTopics(): Topics {
  const open = new Map<string, BroadcastChannel>();
  const channelOf = (topic: string): BroadcastChannel => {
    const channel = open.get(topic) ?? new BroadcastChannel(`tilebook.${topic}`);
    open.set(topic, channel);
    return channel;
  };
  return {
    every: 1_000,
    subscribe: (topic, heard) => {
      const channel = new BroadcastChannel(`tilebook.${topic}`);
      channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
        if (typeof data === "string" && data.length <= mostText) heard(data);
      });
      return Promise.resolve(() => channel.close());
    },
    publish: (topic, text) => {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      channelOf(topic).postMessage(text);
    },
    close: () => {
      for (const channel of open.values()) channel.close();
      open.clear();
    },
  };
}
