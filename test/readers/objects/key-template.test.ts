import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { daysBetween, fillKeyTemplate, formatDay, parseDay } from "../../../src/readers/objects/key-template.js";
import { requireTools } from "../../support/tools.js";

const day = fc
  .date({ min: new Date("1970-01-01"), max: new Date("2199-12-31"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

describe("days", () => {
  it("parse what is formatted", () => {
    fc.assert(
      fc.property(day, (text) => {
        expect(formatDay(parseDay(text, "--date"))).toBe(text);
      }),
    );
  });

  it("keep years below 100 as they are", () => {
    const days = daysBetween(parseDay("0000-02-28", "--from"), parseDay("0000-03-01", "--to"));
    expect(days.map(formatDay)).toEqual(["0000-02-28", "0000-02-29", "0000-03-01"]);
    expect(days.map((each) => fillKeyTemplate("{yyyy}/{doy}", { folder: undefined, day: each }))).toEqual([
      "0000/059",
      "0000/060",
      "0000/061",
    ]);
    expect(daysBetween(parseDay("0099-12-31", "--from"), parseDay("0100-01-01", "--to"))).toHaveLength(2);
  });

  it("end with the last day of the year 9999", () => {
    expect(daysBetween(parseDay("9999-12-30", "--from"), parseDay("9999-12-31", "--to"))).toHaveLength(2);
  });

  it.each(["2024-02-30", "2023-02-29", "2024-1-5", "20240115", "2024-13-01", "yesterday", ""])("refuse %j", (text) => {
    expect(() => parseDay(text, "--date")).toThrow("--date is not a calendar day");
  });

  it("count both ends of a range, over leap days and years", () => {
    const days = daysBetween(parseDay("2023-12-30", "--from"), parseDay("2024-03-01", "--to")).map(formatDay);
    expect(days.length).toBe(63);
    expect(days).toContain("2024-02-29");
    expect(() => daysBetween(parseDay("2024-01-02", "--from"), parseDay("2024-01-01", "--to"))).toThrow("later than");
  });
});

describe("fillKeyTemplate", () => {
  const values = { folder: "reports/", day: parseDay("2024-03-05", "--date") };

  it.each([
    ["{folder}/{date}/", "reports/2024-03-05/"],
    ["{folder}/year={yyyy}/{mm}/{dd}/", "reports/year=2024/03/05/"],
    ["{yy}{doy}", "24065"],
    ["x-{date:%Y%m%d}.zip", "x-20240305.zip"],
    ["{date:%d.%m.%y %% %j %F}", "05.03.24 % 065 2024-03-05"],
    ["{{literal}}/{dd}", "{literal}/05"],
  ])("fills %s", (template, expected) => {
    expect(fillKeyTemplate(template, values)).toBe(expected);
  });

  it.each([
    ["{month}", "the unknown field {month}"],
    ["{date:%H}", "the unknown directive %H"],
    ["{date", 'an unmatched "{"'],
    ["a}", 'an unmatched "}"'],
  ])("refuses %s", (template, message) => {
    expect(() => fillKeyTemplate(template, values)).toThrow(message);
  });

  it("asks for what a field needs", () => {
    expect(() => fillKeyTemplate("{folder}", { folder: undefined, day: undefined })).toThrow("--folder is not given");
    expect(() => fillKeyTemplate("{dd}", { folder: undefined, day: undefined })).toThrow("no day is given");
  });
});

describe.skipIf(!requireTools("dates in keys compared with Python's strftime", "python3"))("date directives", () => {
  it("mean what Python's strftime means", () => {
    const days = fc.sample(day, 100);
    const format = "%Y|%y|%m|%d|%e|%j|%F";
    const script = `import datetime, json, sys\nprint(json.dumps([datetime.date.fromisoformat(d).strftime("${format}") for d in json.load(sys.stdin)]))`;
    const expected = JSON.parse(
      execFileSync("python3", ["-c", script], { input: JSON.stringify(days), encoding: "utf8" }),
    ) as string[];
    const found = days.map((text) =>
      fillKeyTemplate(`{date:${format}}`, { folder: undefined, day: parseDay(text, "--date") }),
    );
    expect(found).toEqual(expected);
  });
});
