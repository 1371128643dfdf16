import { describe, expect, test } from "vitest";
import { editIniSection, type SectionEdit } from "../../../src/aws/ini/edit.js";

const edit = (changes: SectionEdit["changes"], name = "p"): SectionEdit => ({
  matches: (header) => header === name,
  header: name,
  changes,
});

describe("editIniSection", () => {
  test.each<[what: string, before: string, changes: SectionEdit["changes"], after: string]>([
    ["adds a section to an empty file", "", { k: "v" }, "[p]\nk = v\n"],
    ["adds a section after a blank line", "[a]\nx=1\n", { k: "v" }, "[a]\nx=1\n\n[p]\nk = v\n"],
    ["ends the last line before it adds", "[a]\nx=1", { k: "v" }, "[a]\nx=1\n\n[p]\nk = v\n"],
    ["writes the file's own line ends", "[a]\r\nx=1\r\n", { k: "v" }, "[a]\r\nx=1\r\n\r\n[p]\r\nk = v\r\n"],
    ["keeps blanks and line end of a key", "[p]\r\n\tk  =  old\r\n", { k: "new" }, "[p]\r\n\tk  =  new\r\n"],
    ["keeps a missing last line end", "[p]\nk=old", { k: "new" }, "[p]\nk=new"],
    ["keeps it when it adds a key", "[p]\nk=old", { l: "new" }, "[p]\nk=old\nl = new"],
    ["keeps a byte order mark", "\u00ef\u00bb\u00bf[p]\nk=old\n", { k: "new" }, "\u00ef\u00bb\u00bf[p]\nk=new\n"],
    ["keeps the last line of the last section", "[p]\nk=old\nregion = x", { k: "n" }, "[p]\nk=n\nregion = x"],
    ["keeps a bare header at the end", "[p]\nk=old\n[b]", { k: "n" }, "[p]\nk=n\n[b]"],
    ["fills a bare header at the end", "[a]\n[p]", { k: "v" }, "[a]\n[p]\nk = v"],
    ["finds a header with blanks, and removes them", "[ p ]  \nk=old\n", { k: "n" }, "[p]  \nk=n\n"],
    ["leaves two headers alone of which one has blanks", "[ p ]\nk=1\n[p]\n", { k: "2" }, "[ p ]\nk=2\n[p]\n"],
    ["finds a header with a comment", "[p] # mine ]\nk=old\n", { k: "n" }, "[p] # mine ]\nk=n\n"],
    ["leaves keys that only begin alike", "[p]\nk_old=1\nk=2\n", { k: "n" }, "[p]\nk_old=1\nk=n\n"],
    ["spells a key as every reader finds it", "[p]\nK: old\n", { k: "n" }, "[p]\nk = n\n"],
    ["edits indented keys in place", "[p]\n  k = old\n", { k: "n", l: "m" }, "[p]\n  k = n\n  l = m\n"],
    [
      "adds before comments that belong to the next section",
      "[p]\nk=1\n\n# b\n[b]\n",
      { l: "2" },
      "[p]\nk=1\nl = 2\n\n# b\n[b]\n",
    ],
    [
      "adds before a nested block",
      "[p]\na=1\ns3 =\n  k = 2\nz=3\n",
      { k: "n" },
      "[p]\na=1\nk = n\ns3 =\n  k = 2\nz=3\n",
    ],
    ["adds above a nested block that comes first", "[p]\ns3 =\n  k = 2\n", { k: "n" }, "[p]\nk = n\ns3 =\n  k = 2\n"],
    ["replaces the further lines of a value", "[p]\nk = a\n  b\n# c\n  d\nz=1\n", { k: "n" }, "[p]\nk = n\n# c\nz=1\n"],
    ["takes a key away", "[p]\nk=1\nl=2\n", { k: undefined }, "[p]\nl=2\n"],
    ["leaves the last of a repeated key", "[p]\nk=1\nz=0\nk=2\n", { k: "n" }, "[p]\nz=0\nk=n\n"],
    [
      "edits repeated sections as one",
      "[p]\nk=1\n[q]\n[p]\nz=0\n",
      { k: "n", l: "m" },
      "[p]\nk=n\n[q]\n[p]\nz=0\nl = m\n",
    ],
    ["does not let the next header become a value", "[p]\n  [q]\n", { k: "v" }, "[p]\n  k = v\n  [q]\n"],
    ["adds after a value of several lines", "[p]\na = 1\n  2\n\n[q]\n", { k: "v" }, "[p]\na = 1\n  2\nk = v\n\n[q]\n"],
    ["keeps lone carriage returns", "[p]\rk=1\r", { k: "2", l: "3" }, "[p]\rk=2\rl = 3\r"],
  ])("%s", (_what, before, changes, after) => {
    expect(editIniSection(before, edit(changes))).toBe(after);
  });

  test("replaces without adding where told so", () => {
    const replaceOnly = { ...edit({ k: "n", old: "n" }), replaceOnly: ["old"] };
    expect(editIniSection("[p]\n", replaceOnly)).toBe("[p]\nk = n\n");
    expect(editIniSection("[p]\nold=1\n", replaceOnly)).toBe("[p]\nold=n\nk = n\n");
  });

  test("adds no section for keys that are taken away", () => {
    expect(editIniSection("[a]\n", edit({ k: undefined }))).toBe("[a]\n");
  });

  test("leaves a file alone that has the values already", () => {
    const file = "# c\n[p]\nk = v\nl = w\n";
    expect(editIniSection(file, edit({ k: "v", l: "w" }))).toBe(file);
  });
});
