// The first bytes of the executable are old enough for an old Node.js to say that it is one.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { executable } from "../support/run-cli.js";
import { findOldRuntimes } from "../support/runtimes.js";
import { createScratch } from "../support/scratch.js";

const sentence = (version: string) =>
  `rolesanywhere-ts: error[ERR_NOT_AVAILABLE]: this is Node.js ${version}, expected 20.19 or later: update Node.js, or take the standalone file, which needs none\n`;

function run(program: string, words: readonly string[]) {
  const { stdout, stderr, status } = spawnSync(program, [...words], { encoding: "utf8", timeout: 30_000 });
  return { stdout, stderr, status };
}

describe.each([...findOldRuntimes()])("$name $version", ({ version, words: [program] }) => {
  it.each([["credential-process"], ["check"], ["--help"], []])("is told that it is too old: %s", (...words) => {
    expect(run(program, [executable, ...words])).toEqual({ stdout: "", stderr: sentence(version), status: 2 });
  });
});

// Also where no old one is installed.
describe("the version that is found", () => {
  const pretend = join(createScratch("too-old"), "pretend.cjs");
  writeFileSync(
    pretend,
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: process.env.PRETENDED } });\n",
  );
  const runAs = (version: string) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, ["-r", pretend, executable, "version"], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], PRETENDED: version },
    });
    return { stdout, stderr, status };
  };

  it.each(["18.20.8", "20.18.3", "20.9.0", "4.0.0"])("%s is too old", (version) => {
    expect(runAs(version)).toEqual({ stdout: "", stderr: sentence(version), status: 2 });
  });

  it.each(["20.19.0", "20.20.1", "22.0.0", "100.1.0"])("%s is not", (version) => {
    expect(runAs(version)).toMatchObject({ stderr: "", status: 0 });
  });
});
