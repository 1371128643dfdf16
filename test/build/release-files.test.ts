// What a release is made of, as far as it can be seen without making one: `npm run release:check` tries the files.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { makeManifests } from "../../scripts/release/manifests.mjs";
import { publishedManifest } from "../../scripts/release/package.mjs";
import { writeTar } from "../../scripts/release/tar.mjs";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { sha256Hex } from "../support/sha256.js";
import { requireTools } from "../support/tools.js";

const manifest = JSON.parse(
  readFileSync(fileURLToPath(new URL("../../package.json", import.meta.url)), "utf8"),
) as Readonly<Record<string, unknown>> & { readonly version: string };
const { version } = manifest;

describe("package.json of the tarball", () => {
  it("has no scripts and no development dependencies", () => {
    const published = publishedManifest(manifest);
    const left = Object.keys(manifest).filter((name) => !Object.hasOwn(published, name));
    expect(left.toSorted()).toEqual(["devDependencies", "scripts"]);
  });
});

describe("what package managers want", () => {
  const targets = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-arm64.exe", "win32-x64.exe"];
  const folder = createScratch("release");
  for (const target of targets) writeFileSync(join(folder, `rolesanywhere-ts-${version}-${target}`), target);
  const names = makeManifests(folder, { repository: "example/rolesanywhere-ts", securityContact: undefined });
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  const url = (target: string) =>
    `https://github.com/example/rolesanywhere-ts/releases/download/v${version}/rolesanywhere-ts-${version}-${target}`;

  it("is a formula, a Scoop manifest and the three files of winget", () => {
    expect(names).toEqual([
      "rolesanywhere-ts.rb",
      "rolesanywhere-ts.json",
      "example.rolesanywhere-ts.yaml",
      "example.rolesanywhere-ts.installer.yaml",
      "example.rolesanywhere-ts.locale.en-US.yaml",
    ]);
  });

  it("names each file with its own checksum", () => {
    const all = names.map(read).join("\n");
    for (const target of targets) {
      expect(all).toContain(url(target));
      expect(all.toLowerCase()).toContain(sha256Hex(target));
    }
    expect(read("rolesanywhere-ts.rb")).toContain(
      `    on_arm do\n      url "${url("linux-arm64")}"\n      sha256 "${sha256Hex("linux-arm64")}"\n    end\n`,
    );
    expect(JSON.parse(read("rolesanywhere-ts.json"))).toMatchObject({
      architecture: {
        "64bit": { url: `${url("win32-x64.exe")}#/rolesanywhere-ts.exe`, hash: sha256Hex("win32-x64.exe") },
      },
      bin: "rolesanywhere-ts.exe",
    });
  });

  it.skipIf(!requireTools("the syntax of the Homebrew formula", "ruby"))("is Ruby, for Homebrew", async () => {
    const { status, stderr } = await runProgram("ruby", ["-c", join(folder, "rolesanywhere-ts.rb")]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

describe("a tar archive", () => {
  const entries = [
    { name: "b/", mode: 0o755, uid: 65_532, gid: 65_532 },
    { name: "b/one", mode: 0o4755, data: Buffer.from("1".repeat(513)) },
    { name: "a", mode: 0o644, data: Buffer.alloc(0) },
    { name: "link", mode: 0o777, link: "b/one" },
  ];

  it("is what GNU tar reads, and the same for entries in any order", async () => {
    const archive = writeTar(entries, 86_400);
    expect(archive.equals(writeTar(entries.toReversed(), 86_400))).toBe(true);
    const path = join(createScratch("tar"), "a.tar");
    writeFileSync(path, archive);
    const words = ["--list", "--verbose", "--numeric-owner", "--file", path];
    const { stdout, stderr } = await runProgram("tar", words);
    expect(stderr).toBe("");
    expect(stdout.replaceAll(/ +/g, " ")).toBe(
      [
        "-rw-r--r-- 0/0 0 1970-01-02 00:00 a\n",
        "drwxr-xr-x 65532/65532 0 1970-01-02 00:00 b/\n",
        "-rwsr-xr-x 0/0 513 1970-01-02 00:00 b/one\n",
        "lrwxrwxrwx 0/0 0 1970-01-02 00:00 link -> b/one\n",
      ].join(""),
    );
  });

  it("refuses a name that does not fit", () => {
    expect(() => writeTar([{ name: "a".repeat(101), mode: 0o644 }], 0)).toThrow("is too long for this archive");
  });
});
