import { describe, expect, it } from "vitest";
import { KernelMemory } from "../support/kernel-memory.js";

const lineFeed = Buffer.from("\n");

/** Scans text whose rows have `width` fields. */
function scan(text: string, width: number, { final = true }: { readonly final?: boolean } = {}) {
  using memory = new KernelMemory();
  const { kernel } = memory;
  const bytes = Buffer.from(text);
  const textAt = memory.put(Buffer.concat([bytes, lineFeed]));
  const most = bytes.length + 2;
  const [starts, ends, lines, irregular] = [0, 0, 0, 0].map(() => memory.reserve(most * 4)) as [
    number,
    number,
    number,
    number,
  ];
  kernel.setDialect(0x2c, 0x22);
  kernel.setArrays(starts, ends, lines, irregular);
  kernel.line.value = 1;
  kernel.beginBatch(textAt);
  const verdict = kernel.scanRows(textAt + bytes.length, final, width);
  kernel.unquoteFields();
  const fields = Array.from({ length: kernel.fields.value }, (_, index) =>
    memory.text(memory.words(starts, most)[index] ?? 0, memory.words(ends, most)[index] ?? 0),
  );
  const found = { fields, rows: kernel.rows.value, position: kernel.position.value - textAt };
  return { verdict, ...found, lines: [...memory.words(lines, kernel.rows.value)] };
}

const done = 0;
const otherRow = 1;

describe("scanRows", () => {
  it("finds fields of every length around 64 bytes, which are looked at together", () => {
    for (let length = 0; length < 140; length++) {
      const [one, other] = ["x".repeat(length), "é".repeat(length)];
      expect(scan(`${one},${other}\r\n`, 2).fields).toEqual([one, other]);
      expect(scan(`"${one}","${other}"\n`, 2).fields).toEqual([one, other]);
    }
  });

  it("finds quotes, delimiters and line ends of every kind on both sides of 64 bytes", () => {
    for (let length = 0; length < 140; length++) {
      const text = "x".repeat(length);
      for (const lineEnd of ["\n", "\r\n", "\r"]) {
        const quoted = `${text},"a,""${text}\n",b"c${lineEnd}`;
        const found = scan(quoted.repeat(3), 3);
        expect(found).toMatchObject({ rows: 3, position: Buffer.byteLength(quoted) * 3 });
        expect(found.fields.slice(3, 6)).toEqual([text, `a,"${text}\n`, 'b"c']);
        expect(found.lines).toEqual([1, 3, 5]);
      }
    }
  });

  it("joins what doubled quotes and text behind a closing quote leave", () => {
    expect(scan('"a""b","c"d\n', 2).fields).toEqual(['a"b', "cd"]);
  });

  it("counts the lines within quotes", () => {
    expect(scan('"a\nb\n\n",c\nd,e\n', 2)).toMatchObject({ rows: 2, lines: [1, 5] });
  });

  it("passes over an empty line, but not over an empty field in quotes", () => {
    expect(scan('a\n\n""\n', 1).fields).toEqual(["a", ""]);
  });

  it("stops at a row of another width", () => {
    expect(scan("a,b\nc\nd,e\n", 2)).toMatchObject({ verdict: otherRow, rows: 1, position: 6 });
  });

  it.each(["a,b\nc,", "a,b\nc,d", 'a,b\n"c', "a,b\nc,d\r"])("leaves the row that is not whole yet: %j", (text) => {
    expect(scan(text, 2, { final: false })).toMatchObject({ verdict: done, fields: ["a", "b"], position: 4 });
  });
});
