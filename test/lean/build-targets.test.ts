// What `scripts/build-lean.mjs` says when it cannot build for a target.
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const other =
  process.arch === "arm64"
    ? { target: "linux-x64", triple: "x86_64-unknown-linux-gnu", gnu: "x86_64-linux-gnu", debian: "x86-64-linux-gnu" }
    : {
        target: "linux-arm64",
        triple: "aarch64-unknown-linux-gnu",
        gnu: "aarch64-linux-gnu",
        debian: "aarch64-linux-gnu",
      };

/** Runs the build where PATH has a shell and these programs alone, which do nothing but print a line. */
function build(target: string, programs: Readonly<Record<string, string>>) {
  const path = createScratch("path");
  symlinkSync("/bin/sh", join(path, "sh"));
  for (const [name, line] of Object.entries(programs))
    writeFileSync(join(path, name), `#!/bin/sh\necho '${line}'\n`, { mode: 0o755 });
  return runProgram(process.execPath, ["scripts/build-lean.mjs", target], { cwd: root, env: { PATH: path } });
}

describe.skipIf(process.platform === "win32")("a build of the lean executable", () => {
  const needs = (what: string, install: string) =>
    `build:lean for ${other.target} needs ${what}, which is not here: ${install}\n`;
  const cargo = needs("cargo", "install Rust 1.85 or later from https://rustup.rs");
  const cmake = needs("cmake", "apt-get install cmake");
  const library = needs(`Rust's standard library for ${other.triple}`, `rustup target add ${other.triple}`);
  const [gcc, gxx] = [`${other.gnu}-gcc`, `${other.gnu}-g++`];
  const compiler = (name: string) => needs(name, `apt-get install g++-${other.debian}`);
  const rust = { cargo: "", rustc: "/" };

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ["cargo", {}, cargo],
    ["all but cargo", { cargo: "", rustc: "/nonexistent" }, cmake + library + compiler(gcc) + compiler(gxx)],
    ["the compilers", { ...rust, cmake: "" }, compiler(gcc) + compiler(gxx)],
    ["the C++ compiler", { ...rust, cmake: "", [gcc]: "" }, compiler(gxx)],
    ["Rust's library", { ...rust, rustc: "/nonexistent", cmake: "", [gcc]: "", [gxx]: "" }, library],
  ])("names what is missing for another machine, and how to get it: %s", async (_, programs, expected) => {
    const { stderr, status } = await build(other.target, programs);
    expect({ stderr, status }).toEqual({ stderr: expected, status: 2 });
  });

  it("names the targets when it does not know one", async () => {
    const { stderr, status } = await build("linux-sparc", { cargo: "" });
    expect({ stderr, status }).toEqual({
      stderr: "unknown target linux-sparc, expected some of linux-x64, linux-arm64\n",
      status: 2,
    });
  });
});
