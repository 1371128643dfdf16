import { describe, expect, it } from "vitest";
import { parseMaterialSource } from "../../src/settings/material-source.js";

const origin = { kind: "flag", setting: "private-key" } as const;
const parse = (value: string) => parseMaterialSource({ value, origin });

describe("where a certificate or key is", () => {
  it.each([
    ["client.pem", { kind: "file", path: "client.pem" }],
    ["~/client.pem", { kind: "file", path: "~/client.pem" }],
    ["file:client.pem", { kind: "file", path: "client.pem" }],
    ["file:///etc/client.pem", { kind: "file", path: "/etc/client.pem" }],
    ["file:env:X", { kind: "file", path: "env:X" }],
    ["file:-", { kind: "file", path: "-" }],
    ["C:\\new\\next\\client.pem", { kind: "file", path: "C:\\new\\next\\client.pem" }],
    ["env:PEM", { kind: "environment", name: "PEM" }],
    ["fd:3", { kind: "descriptor", fd: 3 }],
    ["-", { kind: "descriptor", fd: 0 }],
    ["handle:0x81000101", { kind: "tpm", handle: 0x81000101 }],
    ["handle:81000101", { kind: "tpm", handle: 0x81000101 }],
    ["handle:0X8100000a", { kind: "tpm", handle: 0x8100000a }],
    ["PKCS11:object=a", { kind: "pkcs11", uri: "PKCS11:object=a", label: "pkcs11:object=a" }],
  ])("is read from %s", (text, source) => {
    expect(parse(text)).toEqual({ label: text, ...source });
  });

  it.each(["fd:", "fd:x", "fd:-1"])("refuses %s", (text) => {
    expect(() => parse(text)).toThrow(`--private-key is "${text}", expected a number after fd:`);
  });

  it.each(["handle:", "handle:0x", "handle:810001010", "handle:g", "handle: 81"])("refuses %s", (text) => {
    expect(() => parse(text)).toThrow(`invalid TPM handle "${text}" (--private-key)`);
  });

  it.each([
    "pkcs11:object=a?pin-value=12;34",
    "pkcs11:object=a;pin-value=1234",
    "pkcs11:object=a?pin-value=12?34",
    "pkcs11:object=a;x-pin=1234",
    "pkcs11:pin-value=1234;object=a",
  ])("shows no PIN of %s", (text) => {
    expect(parse(text).label).toBe("pkcs11:object=a");
  });
});
