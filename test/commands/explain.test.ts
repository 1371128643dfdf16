import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { allCodes } from "../../src/diagnosis/explanations/explanations.js";
import { runCli } from "../support/run-cli.js";

const page = readFileSync(new URL("../../docs/troubleshooting.md", import.meta.url), "utf8");
const bare = (text: string) =>
  text
    .replaceAll(/\[([^\]]+)\]\([^)]*\)/g, "$1")
    .replaceAll(/ \(docs\/[^)]+\)/g, "")
    .replaceAll(/[`*]/g, "")
    .split(/\s+/)
    .filter((word) => word !== "")
    .join(" ");

describe("explain", () => {
  test("prints what the page says about a code, without a network", async () => {
    for (const code of ["ERR_CERTIFICATE_UNSUITABLE", "TRUST_ANCHOR", "ERR_CONFLICT"]) {
      const { stdout, stderr, status } = await runCli(["explain", code], {
        env: { HTTPS_PROXY: "http://127.0.0.1:9" },
      });
      const [, entry = ""] = new RegExp(`^(#### ${code}\\n[^]*?)\\n\\n#`, "m").exec(page) ?? [];
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(bare(stdout)).toBe(bare(entry.replace("#### ", "")));
    }
  });

  test("knows every code", async () => {
    expect(allCodes.length).toBeGreaterThan(60);
    const { stderr, status } = await runCli(["explain", "NO_SUCH_CODE_AT_ALL_HERE"]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^rolesanywhere-ts: error\[ERR_ARGUMENT\]: unknown code "NO_SUCH_CODE_AT_ALL_HERE"\n/);
  });

  test.each(["err_arn", "error[ERR_ARN]:", "error[ERR_ARN]", "ERR-ARN"])(
    "accepts a code copied from an error: %s",
    async (word) => {
      expect((await runCli(["explain", word])).stdout).toMatch(/^ERR_ARN\n/);
    },
  );

  test("accepts the code of an error", async () => {
    const { stderr } = await runCli(["credential-process", "extra"]);
    const [, code = ""] = /^rolesanywhere-ts: error\[(.*?)\]: /.exec(stderr) ?? [];
    expect((await runCli(["explain", code])).status).toBe(0);
  });

  test("suggests the nearest code", async () => {
    expect((await runCli(["explain", "ERR_ARM"])).stderr).toContain('hint: did you mean "ERR_ARN"?');
  });
});
