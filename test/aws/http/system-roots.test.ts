import { existsSync, readFileSync } from "node:fs";
import * as tls from "node:tls";
import { expect, it } from "vitest";
import { readSystemRoots } from "../../../src/aws/http/system-roots.js";

const debianBundle = "/etc/ssl/certs/ca-certificates.crt";

const native = "getCACertificates" in tls;

it.skipIf(native || !existsSync(debianBundle))("are the bundle of the system", () => {
  expect(readSystemRoots()).toEqual([readFileSync(debianBundle, "utf8")]);
});

it("are PEM, wherever there are any", () => {
  for (const pem of readSystemRoots() ?? []) expect(pem).toContain("BEGIN CERTIFICATE");
});
