import { Agent } from "node:http";
import { describe, expect, it } from "vitest";
import type { Origin } from "../../../src/aws/http/exchange.js";
import { findProxy } from "../../../src/aws/http/proxy.js";
import type { ProxyServer } from "../../../src/aws/http/proxy.js";
import { directRoute } from "../../../src/aws/http/route.js";
import { forwardedRoute } from "../../../src/aws/http/tunnel.js";
import type { TlsOptions } from "../../../src/aws/http/trust.js";
import { issueCertificate } from "../../../src/emulator/certificate/authority.js";
import { X509Certificate } from "node:crypto";
import { createPki, keyOf } from "../../support/pki.js";

const tls: TlsOptions = { rejectUnauthorized: true, minVersion: "TLSv1.2", ca: ["ROOT"] };
const https = (hostname: string, port = 443): Origin => ({ protocol: "https:", hostname, port });
const http = (hostname: string, port = 80): Origin => ({ protocol: "http:", hostname, port });
function proxy(url: string): ProxyServer {
  const found = findProxy(http("x"), { variables: {}, proxy: url });
  if (found === undefined) throw new Error("no proxy");
  return found;
}

describe("the direct way", () => {
  it("names the host to a server with a name, and trusts as told", () => {
    const { options, targetPrefix, headers } = directRoute(https("sts.aws", 8443), tls, undefined);
    expect(options).toMatchObject({ host: "sts.aws", port: 8443, agent: false, servername: "sts.aws", ...tls });
    expect(options.checkServerIdentity).toBeUndefined();
    expect([targetPrefix, headers]).toEqual(["", []]);
  });

  it("checks the certificate of an address against the address", () => {
    const { options } = directRoute(https("127.0.0.1"), tls, undefined);
    expect(options.servername).toBe("");
    const pki = createPki();
    const issued = issueCertificate(keyOf("ec-p256"), { alternativeNames: [["ip", "127.0.0.1"]] }, pki.root);
    const certificate = new X509Certificate(issued.pem).toLegacyObject();
    expect(options.checkServerIdentity?.("", certificate as never)).toBeUndefined();
    const other = directRoute(https("127.0.0.2"), tls, undefined).options;
    expect(other.checkServerIdentity?.("", certificate as never)).toBeInstanceOf(Error);
  });

  it("of plain HTTP knows no TLS, and keeps the agent that it is given", () => {
    const agent = new Agent();
    expect(directRoute(http("a"), tls, agent).options).toEqual({ host: "a", port: 80, agent });
  });
});

describe("the way through a proxy", () => {
  it.each([
    ["http://p:3128", http("a"), "http://a", "p", 3128],
    ["http://p", http("a", 8080), "http://a:8080", "p", 80],
    ["https://p", http("::1"), "http://[::1]", "p", 443],
    ["http://[::1]:9", http("a"), "http://a", "::1", 9],
  ])("%s forwards plain HTTP with the URL in full", (url, origin, prefix, host, port) => {
    const route = forwardedRoute(origin, proxy(url), tls, undefined);
    expect(route.targetPrefix).toBe(prefix);
    expect(route.options).toMatchObject({ host, port, agent: false, protocol: new URL(url).protocol });
    expect(route.options.ca).toEqual(url.startsWith("https:") ? ["ROOT"] : undefined);
    expect(route.headers).toEqual([]);
  });

  it("logs in with what the URL says, decoded", () => {
    const route = forwardedRoute(http("a"), proxy("http://me:p%40ss@p:1"), tls, undefined);
    expect(route.headers).toEqual([["proxy-authorization", `Basic ${Buffer.from("me:p@ss").toString("base64")}`]]);
  });

  it("tunnels HTTPS by the agent, with the host's own name and trust", () => {
    const agent = new Agent();
    const route = directRoute(https("sts.aws"), tls, agent);
    expect(route.options).toMatchObject({ host: "sts.aws", port: 443, agent, servername: "sts.aws", ...tls });
    expect([route.targetPrefix, route.headers]).toEqual(["", []]);
  });
});
