import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createSelfSigned, openssl } from "../support/openssl.js";
import { runCli } from "../support/run-cli.js";
import type { CliResult } from "../support/run-cli.js";
import { createSoftToken, pin, softHsmLibrary, type SoftToken } from "../support/soft-token.js";
import { requireTools } from "../support/tools.js";

const hasToken =
  requireTools("certificates and keys of a token that do not fit", "softhsm2-util", "pkcs11-tool", "pkcs11js") &&
  softHsmLibrary !== undefined;

let token: SoftToken;
const at = (name: string) => join(token.folder, name);

// AWS's own helper 1.8.0 gave the same verdict in each of these cases.
describe.skipIf(!hasToken)("certificate and key on a token", () => {
  beforeAll(() => {
    token = createSoftToken("pairs");
    for (const [name, id, kind] of [
      ["rsa", "01", "rsa:2048"],
      ["ec", "03", "prime256v1"],
    ] as const) {
      createSelfSigned(token.folder, name, kind);
      openssl(token.folder, "x509", "-in", `${name}.crt`, "-outform", "DER", "-out", `${name}.der`);
      const always = (Number(id) + 1).toString().padStart(2, "0");
      token.tool("--write-object", at(`${name}.der`), "--type", "cert", "--label", name, "--id", id);
      token.importKey(at(`${name}.key`), name, id);
      const whole = ["--type", "privkey", "--label", `${name}-always`, "--id", always, "--always-auth"];
      token.tool("--write-object", at(`${name}.key`), ...whole);
    }
  });

  const uri = (object: string) => `pkcs11:token=pairs;object=${object}?pin-value=${pin}`;
  const file = (name: string) => at(`${name}.crt`);
  const ours = (...words: readonly string[]): Promise<CliResult> =>
    runCli(["sign-string", "--pkcs11-lib", softHsmLibrary ?? "", "--reuse-pin", ...words], {
      env: token.environment,
      stdin: "text",
    });

  const unfit: readonly (readonly [string, () => readonly string[]])[] = [
    ["the RSA certificate with the EC key", () => ["--certificate", uri("rsa"), "--private-key", uri("ec")]],
    ["the EC certificate with the RSA key", () => ["--certificate", uri("ec"), "--private-key", uri("rsa")]],
    ["the EC file with the RSA key", () => ["--certificate", file("ec"), "--private-key", uri("rsa")]],
    ["the RSA file with the EC key", () => ["--certificate", file("rsa"), "--private-key", uri("ec")]],
    [
      "the RSA certificate with the always-EC key",
      () => ["--certificate", uri("rsa"), "--private-key", uri("ec-always")],
    ],
    [
      "the EC certificate with the always-RSA key",
      () => ["--certificate", uri("ec"), "--private-key", uri("rsa-always")],
    ],
    ["the EC file with the always-RSA key", () => ["--certificate", file("ec"), "--private-key", uri("rsa-always")]],
    ["the RSA file with the always-EC key", () => ["--certificate", file("rsa"), "--private-key", uri("ec-always")]],
  ];

  it.each(unfit)("%s is refused", async (_what, words) => {
    const { stdout, stderr, status } = await ours(...words());
    expect({ stdout, status }).toEqual({ stdout: "", status: 3 });
    expect(stderr).toMatch(/error\[ERR_KEY_MISMATCH\]: private key .* does not belong to certificate /);
  });

  const fit: readonly (readonly [string, () => readonly string[]])[] = ["rsa", "ec"].flatMap((name) => [
    [`${name}: certificate alone`, () => ["--certificate", uri(name)]] as const,
    [`${name}: key alone`, () => ["--private-key", uri(name)]] as const,
    [`${name}: both by one URI`, () => ["--certificate", uri(name), "--private-key", uri(name)]] as const,
    [`${name}: a file and a key`, () => ["--certificate", file(name), "--private-key", uri(name)]] as const,
    [`${name}: a key that asks each time`, () => ["--certificate", uri(name), "--private-key", uri(`${name}-always`)]],
    [`${name}: a file and such a key`, () => ["--certificate", file(name), "--private-key", uri(`${name}-always`)]],
    [
      `${name}: a file, and a token that has its key twice`,
      () => ["--certificate", file(name), "--private-key", `pkcs11:token=pairs?pin-value=${pin}`],
    ],
  ]);

  it.each(fit)("%s signs", async (_what, words) => {
    const { stdout, stderr, status } = await ours(...words());
    expect({ stderr, status }).toEqual({ stderr: expect.not.stringContaining("error") as string, status: 0 });
    expect(stdout).not.toBe("");
  });
});
