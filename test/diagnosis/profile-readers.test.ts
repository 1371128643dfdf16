// What check says of the shared files is what the tools do: generated files go through botocore, which the AWS CLI
// and boto3 have, and the AWS SDK for JavaScript. ROLESANYWHERE_TS_CONFIG_RUNS sets how many; CI sets 400.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromIni } from "@aws-sdk/credential-providers";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { splitCommandLine } from "../../src/aws/command-line.js";
import { tools } from "../../src/diagnosis/profile/parsers/outcome.js";
import type { Outcome } from "../../src/diagnosis/profile/parsers/outcome.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const runs = Number(process.env["ROLESANYWHERE_TS_CONFIG_RUNS"] ?? "120");
const folder = createScratch("profile-readers");
const give = join(folder, "give");
writeFileSync(
  give,
  `#!/bin/sh\n[ $# = 1 ] && [ "$1" = app ] || exit 1\necho '{"Version":1,"AccessKeyId":"PROCESS","SecretAccessKey":"s","SessionToken":"t","Expiration":"2099-01-01T00:00:00Z"}'\n`,
);
chmodSync(give, 0o755);

const headers = fc.constantFrom(
  "[profile app]",
  "[profile app]",
  "[profile app]",
  "[ profile app ]",
  "[profile  app]",
  '[profile "app"]',
  "[app]",
  "[default]",
  "[profile other]",
  "  [profile app]",
  "[profile app] # mine",
  "[profile app",
  "profile app]",
);
const lines = fc.constantFrom(
  `credential_process = ${give} app`,
  `credential_process = ${give} app`,
  `credential_process=${give} app`,
  `credential_process : ${give} app`,
  `Credential_Process = ${give} app`,
  `  credential_process = ${give} app`,
  `credential_process = ${give} app # comment`,
  `credential_process = ${give} app #comment`,
  `credential_process = "${give}" app`,
  `credential_process = ${give} \\\n  app`,
  `credential_process = ${give} app\n  further`,
  `credential_process =\n  ${give} app`,
  "credential_process =",
  "region = us-east-1",
  "  region = us-east-1",
  "output = json",
  "s3 =\n  max_concurrent_requests = 20",
  "aws_access_key_id = KEYS\naws_secret_access_key = s",
  "# comment",
  "  ; comment",
  "",
  "a line without a sign",
);
const text = fc
  .record({
    sections: fc.array(fc.tuple(headers, fc.array(lines, { maxLength: 4 })), { maxLength: 3 }),
    before: fc.constantFrom("", "", "", "", "region = us-east-1\n", "\n", "\ufeff"),
    end: fc.constantFrom("\n", "\n", "\n", "\r\n"),
  })
  .map(({ sections, before, end }) =>
    (before + sections.map(([header, body]) => [header, ...body, ""].join("\n")).join("")).replaceAll("\n", end),
  );
const credentials = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  fc.constantFrom(
    "[app]\naws_access_key_id = KEYS\naws_secret_access_key = s\n",
    `[app]\ncredential_process = ${give} app\n`,
    "[other]\naws_access_key_id = KEYS\naws_secret_access_key = s\n",
    "[app]\nregion = us-east-1\n[app]\nregion = us-east-1\n",
    "not a section\n",
  ),
);

/** What comes of the line when the tool runs it: by a shell, or by Python's own splitter. */
function run(outcome: Outcome, byShell: boolean): string {
  if (outcome.kind !== "process") return outcome.kind;
  const { words = [] } = splitCommandLine(outcome.line);
  const isOne = !byShell || !outcome.line.includes("\n");
  const meant = byShell
    ? words.slice(
        0,
        words.findIndex((word) => word.startsWith("#")) === -1
          ? undefined
          : words.findIndex((word) => word.startsWith("#")),
      )
    : words;
  return isOne && meant.length === 2 && meant[0] === give && meant[1] === "app" ? "process" : "nothing";
}

const nameOf = (accessKeyId: string | undefined) =>
  accessKeyId === "PROCESS" ? "process" : accessKeyId === "KEYS" ? "keys" : "nothing";

const python = `
import json, os, sys
import botocore.session
for folder in json.load(sys.stdin):
    os.environ["AWS_CONFIG_FILE"] = folder + "/config"
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = folder + "/credentials"
    try:
        found = botocore.session.Session(profile="app").get_credentials()
        print(found.get_frozen_credentials().access_key if found else "nothing")
    except Exception as error:
        print("nothing")
`;

/** A hundred at a time, since each program has a time limit. */
async function inBatches(
  folders: readonly string[],
  ask: (batch: readonly string[]) => Promise<{ readonly stdout: string; readonly stderr: string }>,
): Promise<readonly string[]> {
  const answers: string[] = [];
  for (let at = 0; at < folders.length; at += 100) {
    const batch = folders.slice(at, at + 100);
    const { stdout, stderr } = await ask(batch);
    const found = stdout.trim().split("\n").map(nameOf);
    expect(found.length, stderr).toBe(batch.length);
    answers.push(...found);
  }
  return answers;
}

test.skipIf(!requireTools("shared files through botocore", "boto3"))(
  "of each generated set of files, what every tool takes is known",
  { timeout: 120_000 + runs * 400 },
  async () => {
    const worlds = fc.sample(fc.record({ config: text, credentials }), { numRuns: runs });
    const folders = worlds.map(({ config, credentials: other }, index) => {
      const place = join(folder, String(index));
      mkdirSync(place);
      writeFileSync(join(place, "config"), config);
      writeFileSync(join(place, "credentials"), other);
      return place;
    });
    const byPython = await inBatches(folders, (batch) =>
      runProgram("python3", ["-c", python], {
        env: { AWS_EC2_METADATA_DISABLED: "true" },
        stdin: JSON.stringify(batch),
      }),
    );
    const told: Record<string, number> = {};
    for (const [index, world] of worlds.entries()) {
      const place = folders[index] ?? "";
      const taken = await fromIni({
        profile: "app",
        filepath: join(place, "credentials"),
        configFilepath: join(place, "config"),
        ignoreCache: true,
      })().then(
        ({ accessKeyId }) => nameOf(accessKeyId),
        () => "nothing",
      );
      const predicted = {
        python: run(tools["the AWS CLI and boto3"](world, "app"), false),
        javascript: run(tools["the AWS SDK for JavaScript"](world, "app"), true),
      };
      expect(predicted, JSON.stringify(world, undefined, 1)).toEqual({
        python: byPython[index],
        javascript: taken,
      });
      told[byPython[index] ?? ""] = (told[byPython[index] ?? ""] ?? 0) + 1;
    }
    expect(Object.keys(told).toSorted()).toEqual(["keys", "nothing", "process"]);
  },
);
