import { describe, expect, it } from "vitest";
import { runCli } from "../support/run-cli.js";

describe("rolesanywhere-ts version", () => {
  it("prints the version and nothing on stderr", async () => {
    const { stdout, stderr, status } = await runCli(["version"]);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });

  it("refuses an unknown command with status 2, a hint and an empty stdout", async () => {
    const { stdout, stderr, status } = await runCli(["versoin"]);
    expect(stdout).toBe("");
    expect(stderr).toBe(
      'rolesanywhere-ts: error[ERR_UNKNOWN_COMMAND]: unknown command "versoin" for "rolesanywhere-ts"\nrolesanywhere-ts: hint: did you mean "version"?\n',
    );
    expect(status).toBe(2);
  });
});
