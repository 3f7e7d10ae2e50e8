/**
 * Addresses that others than the operator named: they may lead to the public internet only, never to this machine, its network, or
 * a cloud's own services. Names are looked up once, all their addresses are checked, and the connection goes to what was checked.
 */
import { lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

const PORTS: ReadonlySet<string> = new Set(["", "80", "443", "8080", "8443"]);

/** What IANA's registries keep from the public internet, and Azure's host, which has a public address. */
const NOT_PUBLIC_4 = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24"],
  ...["192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "168.63.129.16/32"],
];
/** Of all IPv6, only this is public unicast: so forms that hide an IPv4 address need no list of their own. */
const PUBLIC_6 = "2000::/3";
/** Within it: special uses with Teredo, documentation, 6to4, documentation again. */
const NOT_PUBLIC_6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

const blocked = listOf(NOT_PUBLIC_4, "ipv4");
const allowed6 = listOf([PUBLIC_6], "ipv6");
const blocked6 = listOf(NOT_PUBLIC_6, "ipv6");

export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !blocked.check(address, "ipv4");
  return version === 6 && allowed6.check(address, "ipv6") && !blocked6.check(address, "ipv6");
}

/** Why nothing is sent to an address; the parser of URLs has put hosts of every spelling into their plain form. */
export function refusalOf(url: URL): string | undefined {
  if (url.protocol !== "https:" && url.protocol !== "http:") return "its address does not begin with https:// or http://";
  if (url.username !== "" || url.password !== "") return "its address holds a user or password";
  if (!PORTS.has(url.port)) return "its port is none of 80, 443, 8080, 8443";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return isIP(host) !== 0 && !isPublicAddress(host) ? NOT_PUBLIC : undefined;
}

const NOT_PUBLIC = "its address is not public";

/** In place of Node's own, for names; one address that is not public spoils them all. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, "");
    const [first] = addresses;
    if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address)))
      return callback(Object.assign(new Error(NOT_PUBLIC), { code: "ADDRESS_NOT_PUBLIC" }), "");
    if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

function listOf(ranges: readonly string[], type: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", bits = ""] = range.split("/");
    list.addSubnet(network, Number(bits), type);
  }
  return list;
}
