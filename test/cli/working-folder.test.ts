import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

// What runtimes read by themselves from the folder that a program is started in; Bun does unless an executable is built
// otherwise.
it("takes neither code nor settings from the folder that it is started in", async () => {
  const cwd = createScratch("hostile");
  const write = (name: string, text: string) => writeFileSync(join(cwd, name), text);
  write("evil.js", 'console.log("evil"); console.error("evil");');
  write("bunfig.toml", 'preload = ["./evil.js"]\n[install]\nregistry = "http://127.0.0.1:1"\n');
  write("package.json", '{"type":"module","main":"./evil.js","imports":{"#x":"./evil.js"}}');
  write("tsconfig.json", '{"compilerOptions":{"paths":{"*":["./evil.js"]}}}');
  for (const name of [".env", ".env.local", ".env.production", ".env.development"])
    write(
      name,
      "ROLESANYWHERE_TS_TRUST_ANCHOR_ARN=evil\nNODE_OPTIONS=--require=./evil.js\nBUN_OPTIONS=--preload=./evil.js\n",
    );
  const { stdout, stderr, status } = await runCli(["credential-process"], { cwd });
  expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
  expect(stderr).toContain("--trust-anchor-arn, --profile-arn, --role-arn are missing");
  expect(stderr).not.toContain("evil");
});
