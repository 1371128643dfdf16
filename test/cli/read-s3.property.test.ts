import * as fc from "fast-check";
import { expect, it } from "vitest";
import { runCli } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import { writeZip } from "../support/zip-writer.js";

const cell = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 10 }),
  fc.constantFrom("", '"', ",", "\n", "\r\n", "\r", '"x"', "é", "東京", "😀", "null", "007", "\u0000", "\u2028"),
);
const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 });
const tables = fc.integer({ min: 1, max: 5 }).chain((width) =>
  fc.record({
    header: fc.uniqueArray(name, { minLength: width, maxLength: width }),
    rows: fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 12 }),
    method: fc.constantFrom("stored", "deflate"),
    dataDescriptor: fc.boolean(),
    lineEnd: fc.constantFrom("\n", "\r\n"),
  }),
);
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

it("read-s3 gives back any tables of strings that were put into an archive", async () => {
  await using s3 = await startS3Server();
  const sample = fc.sample(tables, 300);
  const members = sample.map(({ header, rows, lineEnd, method, dataDescriptor }, index) => ({
    name: `${index}.csv`,
    data: [header, ...rows].map((row) => row.map(quoted).join(",") + lineEnd).join(""),
    method,
    dataDescriptor,
  }));
  s3.put("b", "tables.zip", writeZip(members));
  const flags = ["--format", "ndjson", "--progress", "none"];
  const { stdout, stderr, status } = await runCli(["read-s3", "s3://b/tables.zip", ...flags], { env: s3.env });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  const found = stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => Object.entries(JSON.parse(line) as Record<string, string>).sort());
  const expected = sample.flatMap(({ header, rows }) =>
    rows.map((row) => Object.entries(Object.fromEntries(header.map((key, index) => [key, row[index] ?? ""]))).sort()),
  );
  expect(found).toEqual(expected);
});
