import { existsSync, readFileSync } from "node:fs";
import * as tls from "node:tls";
import { expect, it } from "vitest";
import { readSystemRoots } from "../../../src/aws/http/system-roots.js";

const debianBundle = "/etc/ssl/certs/ca-certificates.crt";

it("are PEM, from the runtime's reading of the system's store, else from its bundle", () => {
  const roots = readSystemRoots();
  if ("getCACertificates" in tls)
    return expect((roots ?? []).every((pem) => pem.includes("BEGIN CERTIFICATE"))).toBe(true);
  if (existsSync(debianBundle)) return expect(roots).toEqual([readFileSync(debianBundle, "utf8")]);
  expect(roots ?? ["BEGIN CERTIFICATE"]).toEqual([expect.stringContaining("BEGIN CERTIFICATE")]);
});
