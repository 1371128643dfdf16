import { describe, expect, it } from "vitest";
import { KernelMemory } from "../support/kernel-memory.js";

function encodeObject(cell: string | undefined): string {
  using memory = new KernelMemory();
  const key = Buffer.from('{"k":"');
  const keyAt = memory.put(key);
  const columns = memory.reserve(3 * 4);
  memory.words(columns, 3).set([keyAt - columns, key.length, 1]);
  memory.putCells([cell]);
  const longest = key.length + 8 + 6 * Buffer.byteLength(cell ?? "");
  return memory.output(longest, (output) => memory.kernel.encodeObjects(1, 1, columns, output, false));
}

function encodeCsv(cells: readonly (string | undefined)[]): string {
  using memory = new KernelMemory();
  memory.putCells(cells);
  const longest = cells.reduce((sum, cell) => sum + 3 + 2 * Buffer.byteLength(cell ?? ""), 0);
  return memory.output(longest, (output) => memory.kernel.encodeCsv(1, cells.length, output));
}

const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

describe("encodeObjects", () => {
  it("escapes every ASCII character at every place of a vector as JSON.stringify does", () => {
    for (const character of ascii) {
      for (let before = 0; before < 18; before++) {
        const text = `${"é".repeat(before >> 1)}${"x".repeat(before & 1)}${character}tail`;
        expect(encodeObject(text)).toBe(`${JSON.stringify({ k: text })}\n`);
      }
    }
  });

  it("escapes at every place of texts of every length up to four vectors", () => {
    for (let length = 1; length <= 66; length++) {
      expect(encodeObject("x".repeat(length))).toBe(`{"k":"${"x".repeat(length)}"}\n`);
      for (let before = 0; before < length; before++) {
        const text = `${"x".repeat(before)}"${"y".repeat(length - before - 1)}`;
        expect(encodeObject(text)).toBe(`${JSON.stringify({ k: text })}\n`);
      }
    }
  });

  it("writes null without quotes", () => {
    expect(encodeObject(undefined)).toBe('{"k":null}\n');
  });
});

describe("encodeCsv", () => {
  it("quotes a cell only when a quote, a comma or a line end stands in it", () => {
    for (const character of ascii) {
      for (let before = 0; before < 18; before++) {
        const text = `${"x".repeat(before)}${character}`;
        const expected = /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
        expect(encodeCsv(["a", text])).toBe(`a,${expected}\n`);
      }
    }
  });

  it("writes a single empty cell as quotes, for an empty line is not a row", () => {
    expect(encodeCsv([""])).toBe('""\n');
    expect(encodeCsv([undefined])).toBe('""\n');
    expect(encodeCsv(["", undefined])).toBe(",\n");
  });
});
