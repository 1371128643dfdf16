// Files that another program has open, as virus scanners and File.ReadAllText of .NET do: they are written a moment later.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulatorAccount } from "../support/emulator-account.js";
import type { EmulatorAccount } from "../support/emulator-account.js";
import { cleanEnvironment, runCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { startS3Server } from "../support/s3-server.js";
import { requireTools } from "../support/tools.js";
import { writeZip } from "../support/zip-writer.js";

const windowsPath = (path: string) => `Z:${path.replaceAll("/", "\\")}`;
const wine = process.env["ROLESANYWHERE_TS_WINE_PROGRAM"] ?? "";
const isHere = requireTools("files that the AWS SDK for .NET has open", "aws-dotnet");

let account: EmulatorAccount;
let dotnet = "";
beforeAll(async () => {
  account = await startEmulatorAccount();
  const { stdout } = await runProgram("sh", ["-c", "command -v aws-dotnet"]);
  dotnet = windowsPath(join(stdout.trim(), "../../windows/aws-dotnet.exe"));
});
afterAll(() => account.stop());

/** Reads a file again and again, open for 200 ms each time, while something is done; how often it was whole and torn. */
async function whileRead(file: string, seconds: number, action: () => Promise<void>) {
  const words = [dotnet, "read", windowsPath(file), "--hold", "200", "--for", String(seconds)];
  const reader = spawn(wine, words, { env: cleanEnvironment(), stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  reader.stdout.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
  const ended = once(reader, "close");
  await action();
  await ended;
  const [, whole = "", torn = ""] = /^whole (\d+) torn (\d+) refused \d+/.exec(said) ?? [];
  return { whole: Number(whole), torn: Number(torn) };
}

describe.skipIf(!isHere)("a file that a reader has open is written", () => {
  const env = (more: Readonly<Record<string, string>>) => ({
    ...account.variables,
    ROLESANYWHERE_TS_CACHE: "off",
    ...more,
  });

  test("by update, 20 times of 20, and no read is torn", async () => {
    const file = join(createScratch("update"), "credentials");
    writeFileSync(file, "[other]\nregion = eu-central-1\n");
    const statuses: unknown[] = [];
    const reads = await whileRead(file, 60, async () => {
      for (let time = 0; time < 20; time++) {
        const before = readFileSync(file, "utf8");
        const { status, stderr } = await runCli(["update", "--once", "--profile", "app", ...account.flags], {
          env: env({ AWS_SHARED_CREDENTIALS_FILE: file }),
        });
        statuses.push(stderr === "" && readFileSync(file, "utf8") !== before ? status : stderr);
      }
    });
    expect(statuses).toEqual(Array.from({ length: 20 }, () => 0));
    expect(reads).toMatchObject({ torn: 0 });
    expect(reads.whole).toBeGreaterThan(50);
  });

  test.each<[string, (file: string) => readonly string[], string]>([
    [
      "configure",
      () => ["configure", "--profile", "app", "--no-check", "--replace", ...account.flags],
      "AWS_CONFIG_FILE",
    ],
    ["update --in-place", () => ["update", "--once", "--in-place", ...account.flags], "AWS_SHARED_CREDENTIALS_FILE"],
    ["credentials --save-to-file", (file) => ["credentials", ...account.flags, "--save-to-file", file], ""],
    [
      "request --output",
      (file) => ["request", `${account.url}/`, ...account.flags, "--service", "sts", "--output", file],
      "",
    ],
  ])("by %s", async (_, words, variable) => {
    const file = join(createScratch("busy"), "file");
    writeFileSync(file, "[other]\nregion = eu-central-1\n");
    let before = "";
    const ends: unknown[] = [];
    const { torn } = await whileRead(file, 12, async () => {
      for (let time = 0; time < 3; time++) {
        before = readFileSync(file, "utf8");
        const { status, stderr } = await runCli(words(file), {
          env: env(variable === "" ? {} : { [variable]: windowsPath(file) }),
        });
        ends.push(status === 0 ? 0 : stderr);
      }
    });
    expect(ends).toEqual([0, 0, 0]);
    expect(readFileSync(file, "utf8")).not.toBe("[other]\nregion = eu-central-1\n");
    expect(before).not.toBe("");
    // What request writes ends as the body does, and aws-dotnet takes a file without a last line end for torn.
    expect(readFileSync(file, "utf8").endsWith("\n") ? torn : 0).toBe(0);
  });
});

test.skipIf(!isHere)("a file that a reader has open is replaced by a member of an archive", async () => {
  await using s3 = await startS3Server();
  s3.put("acme", "a.zip", writeZip([{ name: "a.csv", data: "new\n" }]));
  const folder = createScratch("extract");
  writeFileSync(join(folder, "a.csv"), "old\n");
  const words = [
    "read-s3",
    "--progress",
    "none",
    "s3://acme/a.zip",
    "--member",
    "**",
    "--extract",
    windowsPath(folder),
  ];
  const reads = await whileRead(join(folder, "a.csv"), 8, async () => {
    for (let time = 0; time < 3; time++)
      expect(await runCli(words, { env: s3.env })).toMatchObject({ status: 0, stderr: "" });
  });
  expect(readFileSync(join(folder, "a.csv"), "utf8")).toBe("new\n");
  expect(reads.torn).toBe(0);
});

test("six processes at once write their profiles into one file, none loses another's", async () => {
  const file = join(createScratch("lock"), "credentials");
  const names = ["p1", "p2", "p3", "p4", "p5", "p6"];
  const runs = await Promise.all(
    names.map((name) =>
      runCli(["update", "--once", "--profile", name, ...account.flags], {
        env: { ...account.variables, ROLESANYWHERE_TS_CACHE: "off", AWS_SHARED_CREDENTIALS_FILE: file },
      }),
    ),
  );
  expect(runs.map(({ status, stderr }) => ({ status, stderr }))).toEqual(names.map(() => ({ status: 0, stderr: "" })));
  expect(
    readFileSync(file, "utf8")
      .match(/^\[p\d\]$/gm)
      ?.toSorted(),
  ).toEqual(names.map((name) => `[${name}]`));
  expect(readdirSync(join(file, ".."))).toEqual(["credentials"]);
});
