import { execFileSync } from "node:child_process";
import { parse } from "csv-parse/sync";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CsvScanner } from "../../../src/readers/csv/scanner.js";
import { CsvSyntaxError } from "../../../src/readers/csv/syntax-error.js";
import type { RaggedPolicy } from "../../../src/readers/csv/scanner.js";
import { cellText } from "../../../src/readers/rows/batch.js";
import { requireTools } from "../../support/tools.js";

const comma = 0x2c;
const quote = 0x22;

interface Scanned {
  readonly header: readonly string[] | undefined;
  readonly rows: (string | undefined)[][];
}

/** Scans bytes that arrive in pieces of the given sizes, the last of them again and again. */
function scan(bytes: Uint8Array, sizes: readonly number[] = [1 << 20], ragged: RaggedPolicy = "error"): Scanned {
  const scanner = new CsvScanner({ delimiter: comma, quote, ragged, reserved: Buffer.from("reserved") });
  const rows: (string | undefined)[][] = [];
  const take = (batch: ReturnType<CsvScanner["push"]>) => {
    for (let row = 0; row < batch.rows; row++) {
      rows.push(Array.from({ length: batch.width }, (_, column) => cellText(batch, row, column)));
    }
  };
  try {
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const size = sizes[Math.min(turn, sizes.length - 1)] as number;
      take(scanner.push(bytes.subarray(at, at + size)));
      at += size;
    }
    take(scanner.finish());
  } finally {
    scanner.close();
  }
  return { header: scanner.header, rows };
}

const cell = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.constantFrom("", '"', '""', ",", "\n", "\r\n", "\r", " ", "é", "東京", "😀", '"a"', "\u0000"),
);
const table = fc
  .integer({ min: 1, max: 4 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }));
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });

function endsInsideQuotes(text: string): boolean {
  try {
    scan(Buffer.from(text), undefined, "skip");
    return false;
  } catch (error) {
    return error instanceof CsvSyntaxError && error.message.includes("never closed");
  }
}

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

describe("CsvScanner", () => {
  it("gives back any table, however it was quoted and however it arrives", () => {
    fc.assert(
      fc.property(table, fc.constantFrom("\n", "\r\n"), fc.boolean(), sizes, (rows, lineEnd, always, pieces) => {
        const write = (text: string) => (always || text === "" || /[",\r\n]/.test(text) ? quoted(text) : text);
        const text = rows.map((row) => row.map(write).join(",") + lineEnd).join("");
        const [header, ...expected] = rows;
        expect(scan(Buffer.from(text), pieces)).toEqual({ header, rows: expected });
        expect(scan(Buffer.from(text.slice(0, -lineEnd.length)), pieces)).toEqual({ header, rows: expected });
      }),
      { numRuns: 400 },
    );
  });

  it("agrees with csv-parse on text that it accepts", () => {
    const soup = fc
      .array(fc.constantFrom("a", "b", ",", '"', "\n", " "), { maxLength: 30 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(soup, sizes, (text, pieces) => {
        let expected: string[][];
        try {
          expected = parse(text, { skip_empty_lines: true, relax_column_count: true });
        } catch {
          return;
        }
        const [header, ...rows] = expected;
        const uniform = rows.filter((row) => row.length === header?.length);
        expect(scan(Buffer.from(text), pieces, "skip")).toEqual({ header, rows: uniform });
      }),
      { numRuns: 500 },
    );
  });

  it("names the line of a ragged row, a broken encoding and an open quote", () => {
    const fault = (text: string | Uint8Array) => {
      try {
        scan(Buffer.from(text), [3]);
      } catch (error) {
        return error;
      }
      return undefined;
    };
    expect(fault('a,b\n1,"x\ny"\n\n1,2,3\n')).toMatchObject({ line: 5, message: expect.stringContaining("3 fields") });
    expect(fault(Buffer.from("a,b\r\n1,2\r\n3,\xff\r\n", "latin1"))).toMatchObject({
      line: 3,
      message: 'column "b" is not UTF-8',
    });
    expect(fault('a,b\n1,2\n3,"4\n5,6\n')).toMatchObject({ line: 3, message: expect.stringContaining("never closed") });
    expect(fault(Buffer.from("a\xff,b\n", "latin1"))).toBeInstanceOf(CsvSyntaxError);
  });

  it("fits ragged rows with nulls, or skips them", () => {
    const text = Buffer.from('a,b\n1\n1,2,"3"""\n1,2\n');
    expect(scan(text, [4], "fit").rows).toEqual([
      ["1", undefined],
      ["1", "2"],
      ["1", "2"],
    ]);
    expect(scan(text, [4], "skip").rows).toEqual([["1", "2"]]);
  });

  it("fits many short rows to a wide header", () => {
    const names = Array.from({ length: 2000 }, (_, index) => `c${index}`);
    const { rows } = scan(Buffer.from(`${names.join()}\n${"1,2\n".repeat(600)}`), undefined, "fit");
    expect(rows).toHaveLength(600);
    expect(rows.every((row) => row.length === 2000 && row[1] === "2" && row[2] === undefined)).toBe(true);
  });

  it("reads rows longer than anything it has room for at first", () => {
    const long = `${"é".repeat(900_000)}"`;
    const text = Buffer.from(`a,b\n1,${quoted(long)}\n2,x\n`);
    expect(scan(text, [100_000]).rows).toEqual([
      ["1", long],
      ["2", "x"],
    ]);
  });
});

describe.skipIf(!requireTools("CSV compared with Python's csv module", "python3"))("CsvScanner beside Python", () => {
  it("reads what Python's csv module reads", () => {
    const soup = fc
      .array(fc.constantFrom("a", "é", ",", '"', '""', "\n", "\r\n", "\r", " ", "東", '",', ',"', '"\n'), {
        maxLength: 40,
      })
      .map((parts) => parts.join(""));
    const texts = fc.sample(soup, 3000);
    const script = [
      "import csv, io, json, sys",
      "texts = json.load(sys.stdin)",
      "print(json.dumps([[row for row in csv.reader(io.StringIO(text, newline='')) if row] for text in texts]))",
    ].join("\n");
    const answers = JSON.parse(
      execFileSync("python3", ["-c", script], {
        input: JSON.stringify(texts),
        encoding: "utf8",
        maxBuffer: 1 << 26,
      }),
    ) as string[][][];
    for (const [index, text] of texts.entries()) {
      const [header, ...rows] = answers[index] ?? [];
      const uniform = rows.filter((row) => row.length === header?.length);
      // Python takes the end of the text for the closing quote.
      if (endsInsideQuotes(text)) continue;
      const found = scan(Buffer.from(text), [1 + (index % 7)], "skip");
      expect({ text, ...found }).toEqual({ text, header, rows: uniform });
    }
  });
});
