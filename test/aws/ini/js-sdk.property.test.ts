// The JavaScript SDK's own parser, which reads some files otherwise than botocore's: it takes `#` and `;` behind a blank
// for comments within a line, and an indented line for part of a block.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadSharedConfigFiles } from "@smithy/core/config";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { editIniSection } from "../../../src/aws/ini/edit.js";
import { createScratch } from "../../support/scratch.js";

const keys = { aws_access_key_id: "ASIANEW", aws_secret_access_key: "s/=+", aws_session_token: "t==" } as const;
const edit = { matches: (header: string) => header === "target", header: "target", changes: keys };

const option = fc
  .tuple(
    fc.constantFrom(
      "aws_access_key_id",
      "aws_secret_access_key",
      "aws_session_token",
      "region",
      "output",
      "sso_region",
    ),
    fc.constantFrom("=", " = ", "  =  "),
    fc.constantFrom("a", "us-east-1", "a=b", "x # comment", "y ; comment"),
  )
  .map(([key, equals, value]) => ({ key, text: `${key}${equals}${value}` }));
const block = fc.constant({ key: "s3", text: "s3 =\n  max_concurrent_requests = 20\n  aws_access_key_id = nested" });
const body = fc
  .uniqueArray(fc.oneof({ weight: 5, arbitrary: option }, { weight: 1, arbitrary: block }), {
    selector: ({ key }) => key,
  })
  .chain((options) =>
    fc.tuple(
      ...options.map(({ text }) => fc.constantFrom(text, `# comment\n${text}`, `${text}\n`, `\n; comment\n${text}`)),
    ),
  );
const file = fc
  .uniqueArray(fc.tuple(fc.constantFrom("target", "default", "other", "target2", "a.b-c"), body), {
    selector: ([name]) => name,
  })
  .map((sections) => sections.map(([name, lines]) => [`[${name}]`, ...lines].join("\n")).join("\n"))
  .chain((text) => fc.constantFrom(text, `${text}\n`, text.replaceAll("\n", "\r\n"), `# head\n\n${text}`));

test("the JavaScript SDK reads the new values, and all others as before", async () => {
  const folder = createScratch("js");
  mkdirSync(folder, { recursive: true });
  const read = async (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return (await loadSharedConfigFiles({ filepath: path, configFilepath: join(folder, "none") })).credentialsFile;
  };
  for (const [index, text] of fc.sample(file, 300).entries()) {
    const before = await read(`${index}.before`, text);
    const after = await read(`${index}.after`, editIniSection(text, edit));
    expect({ text, ...after }).toEqual({ text, ...before, target: { ...before["target"], ...keys } });
  }
});
