/** An address that somebody else named: fetched only where it is known or public, and only at the address that was judged. */
import { lookup as resolveName } from "node:dns/promises";
import { BlockList, isIP, type LookupFunction } from "node:net";

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

interface Address {
  address: string;
  family: number;
}
export type Resolve = (name: string) => Promise<Address[]>;
const resolveAll: Resolve = (name) => resolveName(name, { all: true });

const isInside = ({ address }: Address) => INSIDE.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

export type Target = { kind: "known" } | { kind: "public"; addresses: Address[] } | { kind: "refused" };

/** `https` to one of the known hosts, or to a name all of whose addresses are public. */
export async function judgeTarget(
  { protocol, host, hostname, username }: URL,
  known: readonly string[],
  resolve: Resolve = resolveAll,
): Promise<Target> {
  if (protocol !== "https:" || username !== "") return { kind: "refused" };
  if (known.includes(host)) return { kind: "known" };
  const addresses = await resolve(hostname.replace(/^\[|\]$/g, "")).catch(() => []);
  const isPublic = addresses.length > 0 && !addresses.some(isInside);
  return isPublic ? { kind: "public", addresses } : { kind: "refused" };
}

/** Answers every name with what was judged: a name that means something else a moment later leads nowhere else. */
export const pinnedTo =
  (addresses: readonly Address[]): LookupFunction =>
  (_name, { all }, answer) => {
    const [first] = addresses;
    if (first === undefined) answer(new Error("no address"), "");
    else if (all === true) answer(null, [...addresses]);
    else answer(null, first.address, first.family);
  };
