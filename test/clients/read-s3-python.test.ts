import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const makeArchive = `
import csv, io, json, sys, zipfile
tables = json.load(sys.stdin)
with zipfile.ZipFile(sys.argv[1], "w") as archive:
    for number, rows in enumerate(tables):
        text = io.StringIO(newline="")
        style = {"lineterminator": "\\r\\n"} if number % 2 else {"lineterminator": "\\n", "quoting": csv.QUOTE_ALL}
        csv.writer(text, **style).writerows(rows)
        method = zipfile.ZIP_STORED if number % 3 == 0 else zipfile.ZIP_DEFLATED
        archive.writestr(f"folder/{number:03}.CSV", text.getvalue().encode(), method)
expected = []
with zipfile.ZipFile(sys.argv[1]) as archive:
    for name in archive.namelist():
        with archive.open(name) as member:
            for row in csv.DictReader(io.TextIOWrapper(member, "utf-8", newline="")):
                expected.append({**row, "source_member": name})
print(json.dumps(expected))
`;

const cell = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 10 }),
  fc.constantFrom("", '"', ",", "\n", "\r\n", "\r", "a,b", '"x"', "é", "東京", "😀", " ", "null", "007", "1e5"),
);
const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 });
const table = fc
  .integer({ min: 1, max: 5 })
  .chain((width) =>
    fc
      .tuple(
        fc.uniqueArray(name, { minLength: width, maxLength: width }),
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 12 }),
      )
      .map(([header, rows]) => [header, ...rows]),
  );

describe.skipIf(!requireTools("read-s3 compared with Python's zipfile and csv", "python3"))(
  "read-s3 and Python",
  () => {
    it("read the same values from an archive of hostile tables that Python made", async () => {
      await using s3 = await startS3Server();
      const tables = fc.sample(table, 250);
      const path = join(createScratch("archive"), "tables.zip");
      const expected = JSON.parse(
        execFileSync("python3", ["-c", makeArchive, path], {
          input: JSON.stringify(tables),
          encoding: "utf8",
          maxBuffer: 1 << 28,
        }),
      ) as Record<string, string>[];
      s3.put("b", "tables.zip", readFileSync(path));
      const flags = ["--format", "ndjson", "--source-column", "--progress", "none"];
      const { stdout, stderr, status } = await runCli(["read-s3", "s3://b/tables.zip", ...flags], { env: s3.env });
      expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
      const found = stdout
        .split("\n")
        .slice(0, -1)
        .map((line) => {
          const { source_key: key, ...row } = JSON.parse(line) as Record<string, string>;
          expect(key).toBe("s3://b/tables.zip");
          return row;
        });
      expect(found).toEqual(expected);
    });
  },
);
