import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { isPublicAddress, publicLookup, refusalOf } from "../../src/ledger/public-address.ts";
import { postWebhook } from "../../src/ledger/webhook-post.ts";

const answers = vi.hoisted(() => new Map<string, string[]>());
vi.mock("node:dns", async (original) => {
  const dns = await original<typeof import("node:dns")>();
  const lookup = (name: string, options: object, callback: (error: Error | null, found?: unknown) => void): void => {
    const found = answers.get(name);
    if (found === undefined) {
      dns.lookup(name, options as { all: true }, callback as never);
      return;
    }
    callback(
      null,
      found.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
  return { ...dns, lookup };
});

let port: number;
let requests = 0;
const server = createServer((_request, response) => {
  requests++;
  response.end();
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

describe("security S6 and bad input G195 to G204: an address that a stranger names leads to the public internet or nowhere", () => {
  test.each([
    ...["127.1", "0x7f.1", "2130706433", "017700000001", "0177.0.0.1", "127.0.0.1", "0", "0.0.0.0"],
    ...["[::ffff:127.0.0.1]", "[::127.0.0.1]", "[::]", "[::1]", "[::ffff:7f00:1]", "①②⑦.⓪.⓪.①", "127。0。0。1"],
    ...["169.254.169.254", "[fd00:ec2::254]", "100.100.100.200", "192.0.0.192", "168.63.129.16", "100.64.0.1", "198.18.0.1"],
    ...[
      "[64:ff9b::7f00:1]",
      "[64:ff9b:1::1]",
      "[2002:7f00:1::]",
      "[2001:0:7f00:1::]",
      "[fe80::1]",
      "[ff02::1]",
      "[2001:db8::1]",
      "[3fff::1]",
      "[4000::1]",
    ],
    ...["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "203.0.113.9"],
    ...["8.8.8.8:22", "8.8.8.8:6379", "user@8.8.8.8", "user:secret@8.8.8.8", ":secret@8.8.8.8"],
  ])("http://%s", (host) => {
    expect(refusalOf(new URL(`http://${host}/hook`))).toMatch(/^its (address|port) /);
  });

  test.each(["file:///etc/passwd", "gopher://8.8.8.8/", "data:text/plain,x", "ftp://8.8.8.8/", "unix:/var/run/x", "ws://8.8.8.8/"])(
    "%s",
    (address) => {
      expect(refusalOf(new URL(address))).toBe("its address does not begin with https:// or http://");
    },
  );

  test.each([
    "http://8.8.8.8/x",
    "https://8.8.8.8:8443/x",
    "http://[2606:4700::1111]:8080/",
    "https://hooks.example.com/a?b",
    "http://evil\\@127.0.0.1/x",
  ])("%s may be asked", (address) => {
    expect(refusalOf(new URL(address))).toBeUndefined();
  });

  test.each(["http://[fe80::1%25eth0]/", "http://a b/", "http:///"])("%s is no address", (address) => {
    expect(URL.canParse(address)).toBe(false);
  });

  test.each(["172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "223.255.255.255", "1.1.1.1", "2001:4860:4860::8888", "2a00::1"])(
    "%s is public",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  const resolve = (name: string, found: string[], all: boolean): Promise<unknown> => {
    answers.set(name, found);
    return new Promise((done) => publicLookup(name, { all }, (error, address) => done(error?.message ?? address)));
  };

  test("a name is judged by all its addresses, and the connection gets what was judged", async () => {
    expect(await resolve("good.example", ["8.8.8.8"], false)).toBe("8.8.8.8");
    expect(await resolve("two.example", ["8.8.8.8", "2606:4700::1111"], true)).toHaveLength(2);
    for (const found of [["127.0.0.1"], ["8.8.8.8", "::1"], ["8.8.8.8", "10.0.0.1"], ["169.254.169.254"], ["::ffff:127.0.0.1"], []])
      expect(await resolve("bad.example", found, true), String(found)).toBe("its address is not public");
  });

  test("a post goes out for the operator, and for nobody else, whatever the name pretends", async () => {
    const post = (host: string, isForeign: boolean): ReturnType<typeof postWebhook> =>
      postWebhook({ url: new URL(`http://${host}/hook`), headers: {}, body: "{}", timeoutMs: 5_000, isForeign });
    expect(await post(`127.0.0.1:${port}`, false)).toMatchObject({ status: 200 });
    expect(requests).toBe(1);
    expect(await post(`127.0.0.1:${port}`, true)).toEqual({ error: "its port is none of 80, 443, 8080, 8443" });
    expect(await post("127.0.0.1", true)).toEqual({ error: "its address is not public" });
    answers.set("rebinding.example", ["127.0.0.1"]);
    for (const name of ["rebinding.example", "localhost"])
      expect(await post(`${name}:8080`, true)).toEqual({ error: "no connection: ADDRESS_NOT_PUBLIC" });
    // Not every resolver knows this one.
    expect(await post("localhost.:8080", true)).toHaveProperty("error");
    expect(requests).toBe(1);
  });
});
