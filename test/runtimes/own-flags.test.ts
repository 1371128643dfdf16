import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { registry } from "../../src/commands/registry.js";
import { runCli } from "../support/run-cli.js";
import { findRuntimes } from "../support/runtimes.js";
import { createScratch } from "../support/scratch.js";

const folder = createScratch("own-flags");
const script = join(folder, "show-arguments.cjs");
writeFileSync(script, "process.stdout.write(JSON.stringify([process.argv.slice(2), process.execArgv]))\n");

async function allFlags(): Promise<readonly string[]> {
  const commands = await Promise.all(Object.values(registry).map(({ load }) => load()));
  const flags = commands.flatMap(({ options }) =>
    Object.entries(options as Record<string, { short?: string }>).flatMap(([name, { short }]) => [
      `--${name}`,
      ...(short === undefined ? [] : [`-${short}`]),
    ]),
  );
  return [...new Set([...flags, "--help", "--version", "-h"])];
}

// Node.js looks for a few of its own flags in the whole command line, behind the script as well.
describe.each([...findRuntimes()])("$name $version", ({ words: [program, ...words] }) => {
  it.each([
    ["apart", (flag: string) => [flag, join(folder, "absent")]],
    ["attached", (flag: string) => [`${flag}=${join(folder, "absent")}`]],
  ])("hands over every flag of every command, its value %s", async (_, write) => {
    const given = (await allFlags()).flatMap(write);
    const { stdout, stderr, status } = spawnSync(program, [...words, script, "check", ...given], {
      encoding: "utf8",
      timeout: 30_000,
    });
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(JSON.parse(stdout)).toEqual([["check", ...given], expect.any(Array)]);
  });
});

it("names the new flag when the one that Node.js takes is written", async () => {
  const file = join(folder, "variables.env");
  writeFileSync(file, "AWS_REGION=eu-west-1\n");
  const { stderr, status } = await runCli(["check", "--env-file", file]);
  expect({ stderr, status }).toEqual({
    stderr:
      "rolesanywhere-ts: error[ERR_UNKNOWN_OPTION]: unknown flag: --env-file\nrolesanywhere-ts: hint: did you mean --environment-file?\n",
    status: 2,
  });
});

it("says which file of variables is missing", async () => {
  const { stderr, status } = await runCli(["check", "--environment-file", join(folder, "absent")]);
  expect(stderr).toContain("cannot read --environment-file");
  expect(status).toBe(2);
});
