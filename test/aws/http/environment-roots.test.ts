import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readEnvironmentRoots } from "../../../src/aws/http/environment-roots.js";
import { completeTrust, createTlsOptions } from "../../../src/aws/http/trust.js";
import { createPki } from "../../support/pki.js";
import { createScratch } from "../../support/scratch.js";

const [one, other] = [createPki().root.pem.trim(), createPki().root.pem.trim()];
const plain = createTlsOptions({ verifySsl: true, caBundle: undefined });
const quiet = () => undefined;

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = createScratch("roots");
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe("the roots of the environment", () => {
  it("are the file's, and those of the folders that are named", () => {
    const folder = folderWith({
      "one.pem": one,
      "other.pem": `garbage\n${other}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    });
    const none = createScratch("empty");
    const of = (variables: Readonly<Record<string, string>>) => [...readEnvironmentRoots(variables, quiet)].sort();
    expect(of({ SSL_CERT_FILE: join(folder, "one.pem"), SSL_CERT_DIR: none })).toEqual([one]);
    expect(of({ SSL_CERT_FILE: join(folder, "one.pem"), SSL_CERT_DIR: folder })).toEqual([one, other].sort());
    const elsewhere = folderWith({ x: other });
    const both = [folderWith({ x: one }), elsewhere].join(delimiter);
    expect(of({ SSL_CERT_FILE: join(elsewhere, "x"), SSL_CERT_DIR: both })).toEqual([one, other].sort());
  });

  it("are the system's bundle too where only a folder is named, and a link by hash is passed over", () => {
    const folder = folderWith({ "one.pem": one });
    symlinkSync("one.pem", join(folder, "deadbeef.0"));
    mkdirSync(join(folder, "below"));
    const found = readEnvironmentRoots({ SSL_CERT_DIR: folder }, quiet);
    expect(found.filter((pem) => pem === one)).toHaveLength(1);
  });

  it("of a file that is not there are those of the folders, and without any it is an error", () => {
    const lines: string[] = [];
    const variables = { SSL_CERT_FILE: "/nowhere/ca.pem", SSL_CERT_DIR: folderWith({ x: one }) };
    expect(readEnvironmentRoots(variables, (line) => lines.push(line))).toEqual([one]);
    expect(lines).toEqual(["tls: /nowhere/ca.pem has no roots: ENOENT"]);
    const empty = { ...variables, SSL_CERT_DIR: createScratch("empty") };
    expect(() => readEnvironmentRoots(empty, quiet)).toThrow(
      /SSL_CERT_FILE and SSL_CERT_DIR give no root.*nowhere.*ENOENT/,
    );
  });

  it("count where neither a CA bundle nor --no-verify-ssl decides", async () => {
    const variables = { SSL_CERT_FILE: join(folderWith({ x: one }), "x"), SSL_CERT_DIR: createScratch("empty") };
    expect(await completeTrust(plain, variables, quiet)).toEqual({ ...plain, ca: [one] });
    expect(await completeTrust(plain, { SSL_CERT_FILE: "", SSL_CERT_DIR: "" }, quiet)).toBe(plain);
    expect(await completeTrust({ ...plain, ca: [other] }, variables, quiet)).toMatchObject({ ca: [other] });
    const unverified = { ...plain, rejectUnauthorized: false };
    expect(await completeTrust(unverified, variables, quiet)).toBe(unverified);
  });
});
