import { describe, expect, it } from "vitest";
import { certificateFault, isUnknownIssuer, readAlert } from "../../../src/aws/http/certificate-fault.js";
import { networkError, proxyRefusal } from "../../../src/aws/http/network-error.js";
import { connectTimeout, silence } from "../../../src/aws/http/timeout-error.js";
import { UsageError } from "../../../src/errors.js";

const place = { hostname: "sts.us-east-1.amazonaws.com", port: 443 };
const fault = (code: string | undefined, message = "it failed") => Object.assign(new Error(message), { code });

describe("a fault of socket or TLS", () => {
  it.each([
    ["ENOTFOUND", "ERR_CONNECTION"],
    ["EAI_AGAIN", "ERR_CONNECTION"],
    ["ECONNREFUSED", "ERR_CONNECTION"],
    ["ECONNRESET", "ERR_CONNECTION"],
    ["EPIPE", "ERR_CONNECTION"],
    ["EHOSTUNREACH", "ERR_CONNECTION"],
    ["ENETUNREACH", "ERR_CONNECTION"],
    ["ETIMEDOUT", "ERR_TIMEOUT"],
    ["EPROTO", "ERR_TLS"],
    ["CERT_HAS_EXPIRED", "ERR_TLS"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "ERR_TLS"],
    ["UNABLE_TO_GET_ISSUER_CERT", "ERR_TLS"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "ERR_TLS"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "ERR_TLS"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "ERR_TLS"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "ERR_TLS"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_TLS"],
    ["ERR_TLS_HANDSHAKE_TIMEOUT", "ERR_TLS"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "ERR_TLS"],
    ["HPE_INVALID_CONSTANT", "ERR_CONNECTION"],
  ])("%s is %s, names the host and has a next step", (code, expected) => {
    const cause = fault(code);
    const error = networkError(cause, place, undefined);
    expect(error).toMatchObject({ code: expected, cause });
    expect(error.message).toContain("sts.us-east-1.amazonaws.com:443");
    expect(error.hints.join("")).not.toBe("");
  });

  // https://nodejs.org/api/tls.html#x509-certificate-error-codes, and the name of all that OpenSSL has besides.
  it.each([
    "UNABLE_TO_GET_CRL",
    "UNABLE_TO_DECRYPT_CERT_SIGNATURE",
    "UNABLE_TO_DECRYPT_CRL_SIGNATURE",
    "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY",
    "CERT_SIGNATURE_FAILURE",
    "CRL_SIGNATURE_FAILURE",
    "CERT_NOT_YET_VALID",
    "CRL_NOT_YET_VALID",
    "CRL_HAS_EXPIRED",
    "ERROR_IN_CERT_NOT_BEFORE_FIELD",
    "ERROR_IN_CERT_NOT_AFTER_FIELD",
    "ERROR_IN_CRL_LAST_UPDATE_FIELD",
    "ERROR_IN_CRL_NEXT_UPDATE_FIELD",
    "OUT_OF_MEM",
    "CERT_CHAIN_TOO_LONG",
    "CERT_REVOKED",
    "INVALID_CA",
    "PATH_LENGTH_EXCEEDED",
    "INVALID_PURPOSE",
    "CERT_UNTRUSTED",
    "CERT_REJECTED",
    "HOSTNAME_MISMATCH",
    "UNSPECIFIED",
  ])("%s is about the server's certificate", (code) => {
    const error = networkError(fault(code, "OpenSSL's words"), place, undefined);
    expect(error.code).toBe("ERR_TLS");
    expect(error.message).toContain("the server's certificate");
    expect(error.hints).toHaveLength(1);
  });

  it("names the proxy in between", () => {
    expect(networkError(fault("ECONNRESET"), place, "the proxy P").message).toContain("through the proxy P");
    expect(networkError(fault("ECONNRESET"), place, undefined).message).not.toContain("through");
  });

  it("without a known code shows the code, else the first line of the message", () => {
    expect(networkError(fault("EODD"), place, undefined).message).toContain("EODD");
    expect(networkError(fault(undefined, "one\ntwo"), place, undefined).message).toMatch(/one\)$/);
  });

  it("without a place says what failed alone", () => {
    const error = networkError(fault("ECONNRESET"), undefined, undefined);
    expect(error).toMatchObject({ code: "ERR_CONNECTION" });
    expect(error.message).not.toContain("reach");
    expect(error.hints).toHaveLength(1);
  });

  it("that already has words keeps them", () => {
    const known = new UsageError("ERR_SETTING", "no proxy");
    expect(networkError(known, place, undefined)).toBe(known);
  });

  it("of an unknown issuer leads to AWS_CA_BUNDLE", () => {
    expect(networkError(fault("SELF_SIGNED_CERT_IN_CHAIN"), place, undefined).hints.join(" ")).toContain(
      "AWS_CA_BUNDLE",
    );
  });
});

it("says how long was waited, in seconds", () => {
  expect(connectTimeout(place, 2_500)).toMatchObject({ code: "ERR_TIMEOUT" });
  expect(connectTimeout(place, 2_500).message).toContain("2.5 s");
  expect(silence(place, 30_000)).toMatchObject({ code: "ERR_TIMEOUT" });
  expect(silence(place, 30_000).message).toContain("30 s");
});

it("tells a proxy that asks for a login from one that forbids", () => {
  const proxy = { kind: "http", secure: false, hostname: "p", port: 1, login: undefined, name: "the proxy P" } as const;
  expect(proxyRefusal(place, proxy, "HTTP 407", true).hints.join(" ")).toContain("USER:PASSWORD");
  const known = { ...proxy, login: { user: "me", password: "secret" } };
  const rejected = proxyRefusal(place, known, "HTTP 407", true);
  expect(rejected.hints.join(" ")).toContain("check user name and password");
  expect(rejected.message).not.toContain("secret");
  const refusal = proxyRefusal(place, proxy, "HTTP 403", false);
  expect(refusal).toMatchObject({ code: "ERR_CONNECTION" });
  expect(refusal.message).toContain("403");
  expect(refusal.hints.join(" ")).toContain("NO_PROXY");
});

describe("faults of a server's certificate", () => {
  it.each([
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", true],
    ["SELF_SIGNED_CERT_IN_CHAIN", true],
    ["CERT_HAS_EXPIRED", false],
    ["ECONNRESET", false],
  ])("more roots may help with %s: %s", (code, helps) => {
    expect(isUnknownIssuer(Object.assign(new Error("refused"), { code }))).toBe(helps);
    expect(isUnknownIssuer(Object.assign(new Error("fetch failed"), { cause: { code } }))).toBe(helps);
  });

  it("a code without a text of its own is explained by its words", () => {
    expect(certificateFault("UNHANDLED_CRITICAL_EXTENSION", "")?.text).toBe(
      "the server's certificate is refused: unhandled critical extension",
    );
  });

  it("a rare code is explained by OpenSSL's first line, and one of the network by none", () => {
    expect(certificateFault("UNSPECIFIED", "certificate not trusted\nmore")?.text).toBe(
      "the server's certificate is refused: certificate not trusted",
    );
    expect(certificateFault("ECONNRESET", "read ECONNRESET")).toBeUndefined();
  });

  it.each([
    ["EPROTO", "SSL routines:ssl3_read_bytes:sslv3 alert handshake failure", "handshake failure"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "", "certificate required"],
    ["ECONNRESET", "read ECONNRESET", undefined],
  ])("reads the alert of %s", (code, message, alert) => {
    expect(readAlert(code, message)?.split(":")[0]?.trim()).toBe(alert);
  });
});
