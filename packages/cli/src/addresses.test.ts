import type { NetworkInterfaceInfo } from "node:os";
import { describe, expect, test } from "vitest";
import { addressesOf } from "./addresses.ts";

function at(address: string, internal = false): NetworkInterfaceInfo[] {
  return [
    { address, internal, family: "IPv4", netmask: "255.255.255.0", mac: "02:00:00:00:00:00", cidr: null },
  ];
}

describe("addresses of this machine", () => {
  test("[HA1] those of containers, tunnels and networks without a server come last", () => {
    const found = addressesOf({
      lo: at("127.0.0.1", true),
      docker0: at("172.17.0.1"),
      "br-7d3f": at("172.18.0.1"),
      eth1: at("169.254.9.9"),
      "vEthernet (WSL)": at("172.20.0.1"),
      tun0: at("10.8.0.2"),
      wlan0: at("192.168.1.7"),
      eth0: at("10.0.0.7"),
    });
    expect(found).toEqual([
      "192.168.1.7",
      "10.0.0.7",
      "172.17.0.1",
      "172.18.0.1",
      "172.20.0.1",
      "10.8.0.2",
      "169.254.9.9",
    ]);
  });
  test("[HA2] a machine in no network has none", () => {
    expect(addressesOf({ lo: at("127.0.0.1", true), none: undefined })).toEqual([]);
  });
});
