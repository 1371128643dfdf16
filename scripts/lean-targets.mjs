// The machines that the lean executable is built for, and what a build for another machine than this one needs.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { has } from "./release/paths.mjs";

/** Targets for which any machine with their prerequisites can build: the names of Rust, GCC and Debian. */
export const leanTargets = {
  "linux-x64": {
    triple: "x86_64-unknown-linux-gnu",
    compilers: ["x86_64-linux-gnu-gcc", "x86_64-linux-gnu-g++"],
    package: "g++-x86-64-linux-gnu",
  },
  "linux-arm64": {
    triple: "aarch64-unknown-linux-gnu",
    compilers: ["aarch64-linux-gnu-gcc", "aarch64-linux-gnu-g++"],
    package: "g++-aarch64-linux-gnu",
  },
};

/** This machine, whose own compilers are on PATH where Rust is. */
export const ownTarget = `${process.platform}-${process.arch}`;

/** Returns the variable that names cargo's linker for a target, with its value: that of the caller, or the compiler. */
export function linkerOf({ triple, compilers: [compiler] }) {
  const variable = `CARGO_TARGET_${triple.toUpperCase().replaceAll("-", "_")}_LINKER`;
  return { [variable]: process.env[variable] ?? compiler };
}

/**
 * Finds the prerequisites that are missing here for a build.
 *
 * @param {string} name A member of `leanTargets`, or this machine.
 * @returns {{ what: string, install: string }[]}
 */
export function findMissing(name) {
  if (!has("cargo")) return [{ what: "cargo", install: "install Rust 1.85 or later from https://rustup.rs" }];
  // One crate builds its C sources with it.
  const missing = has("cmake") ? [] : [{ what: "cmake", install: "apt-get install cmake" }];
  if (name === ownTarget) return missing;
  const { triple, compilers, package: debian } = leanTargets[name];
  if (!hasStandardLibrary(triple))
    missing.push({ what: `Rust's standard library for ${triple}`, install: `rustup target add ${triple}` });
  for (const compiler of compilers)
    if (!has(compiler)) missing.push({ what: compiler, install: `apt-get install ${debian}` });
  return missing;
}

function hasStandardLibrary(triple) {
  const words = ["--print", "target-libdir", "--target", triple];
  return existsSync(execFileSync(process.env["RUSTC"] ?? "rustc", words, { encoding: "utf8" }).trim());
}
