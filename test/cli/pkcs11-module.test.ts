import { symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { copyProgram, runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { requireCondition } from "../support/tools.js";

const words = ["sign-string", "--private-key", "pkcs11:token=x", "--pkcs11-lib", "/nowhere.so"];

function moduleFolder(): string | undefined {
  try {
    const require = createRequire(import.meta.url);
    const entry = require.resolve("pkcs11js");
    require(entry);
    return dirname(entry);
  } catch {
    return undefined;
  }
}

describe("the native module for PKCS#11", () => {
  it("is asked for with the line that installs it, when it is not there", async () => {
    const alone = copyProgram(createScratch("alone"));
    const { stdout, stderr, status } = await runCli(words, { executable: alone });
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toContain(
      "error[ERR_NOT_AVAILABLE]: PKCS#11 needs the native module pkcs11js, which is not installed here\n",
    );
    expect(stderr).toContain(
      `hint: install it beside the executable: npm install --prefix "${dirname(alone)}" pkcs11js@`,
    );
  });

  const folder = moduleFolder();
  it.skipIf(
    !requireCondition("the PKCS#11 module beside the executable", folder !== undefined, "pkcs11js compiled at npm ci"),
  )("is found beside the executable", async () => {
    const home = createScratch("beside");
    symlinkSync(folder ?? "", join(home, "pkcs11js"), "dir");
    const { stderr } = await runCli(words, { executable: copyProgram(home) });
    expect(stderr).toContain("error[ERR_KEY]: failed to load provider library /nowhere.so");
  });
});
