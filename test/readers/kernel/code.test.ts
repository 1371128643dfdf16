import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

describe("the kernel's code", () => {
  it("is what kernel/ compiles to", () => {
    const flags = ["scripts/build-kernel.mjs", "--check"];
    const { status, stderr } = spawnSync(process.execPath, flags, { cwd: root, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});
