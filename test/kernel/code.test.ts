import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { KernelMemory } from "../support/kernel-memory.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("the kernel's code", () => {
  it("is what kernel/ compiles to", () => {
    const flags = ["scripts/build-kernel.mjs", "--check"];
    const { status, stderr } = spawnSync(process.execPath, flags, { cwd: root, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("exports what src/readers/kernel/borrow.ts declares, and no more", () => {
    const declared = readFileSync(`${root}src/readers/kernel/borrow.ts`, "utf8").split("\n}\n")[0] ?? "";
    const names = [...declared.matchAll(/^ {2}(?:readonly )?(\w+)(?:\(|: WebAssembly)/gm)].map(([, name]) => name);
    using memory = new KernelMemory();
    expect(names.toSorted()).toEqual(Object.keys(memory.kernel).toSorted());
  });
});
