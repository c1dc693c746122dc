/** Whether an address that somebody else named is one on the public internet. */
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";

const INSIDE = new BlockList();
for (const range of `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.168.0.0/16
  198.18.0.0/15 224.0.0.0/3`.split(/\s+/)) {
  const [network = "", bits = "0"] = range.split("/");
  INSIDE.addSubnet(network, Number(bits), "ipv4");
}
for (const [network, bits] of [
  ["::", 96],
  ["::1", 128],
  ["64:ff9b::", 96],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  INSIDE.addSubnet(network, bits, "ipv6");

const isInside = (address: string) => INSIDE.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

/** True for `https` to one of the known hosts, or to a name all of whose addresses are public. */
export async function isPublicTarget(
  { protocol, host, hostname, username }: URL,
  known: readonly string[],
): Promise<boolean> {
  if (protocol !== "https:" || username !== "") return false;
  if (known.includes(host)) return true;
  const found = await lookup(hostname.replace(/^\[|\]$/g, ""), { all: true }).catch(() => []);
  return found.length > 0 && found.every(({ address }) => !isInside(address));
}
