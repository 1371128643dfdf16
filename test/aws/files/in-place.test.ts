import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { editSharedFile } from "../../../src/aws/edit-shared-file.js";
import { writeInPlace } from "../../../src/aws/files/in-place.js";
import { createScratch } from "../../support/scratch.js";

const long = "[other]\nkey = kept\n[p]\nk = a value that is longer than the new one\n# end\n";
const short = "[other]\nkey = kept\n[p]\nk = short\n# end\n";
const edit = { matches: (header: string) => header === "p", header: "p", changes: { k: "last" } };
const wanted = "[other]\nkey = kept\n[p]\nk = last\n# end\n";

function prepare(content: string) {
  const file = join(createScratch("in-place"), "credentials");
  writeFileSync(file, content, { mode: 0o600 });
  return { file, journal: join(dirname(file), ".credentials.rolesanywhere-ts.journal") };
}

/** The journal as a process leaves it that is killed while it writes. */
function leaveJournal(journal: string, before: string, after: string): void {
  writeFileSync(journal, `${JSON.stringify({ before: before.length, after: after.length })}\n${before}${after}`, {
    mode: 0o600,
  });
}

describe("a write in place", () => {
  it("keeps the inode and leaves no journal", () => {
    const { file, journal } = prepare(long);
    const present = statSync(file);
    const [before, after] = [Buffer.from(long), Buffer.from(short)];
    writeInPlace(file, { before, after, journal, present, secret: true });
    expect(readFileSync(file, "utf8")).toBe(short);
    expect(statSync(file).ino).toBe(present.ino);
    expect(existsSync(journal)).toBe(false);
  });

  it.each([
    ["shorter", long, short],
    ["longer", short, long],
  ])("of a %s content that is cut short at any byte is completed by the next one", async (_, before, after) => {
    const written = after + "\n".repeat(Math.max(0, before.length - after.length));
    for (let cut = 0; cut <= written.length; cut++) {
      const { file, journal } = prepare(written.slice(0, cut) + before.slice(cut));
      leaveJournal(journal, before, after);
      await editSharedFile(file, edit, { secret: true, inPlace: true });
      expect(readFileSync(file, "utf8")).toBe(wanted);
      expect(existsSync(journal)).toBe(false);
    }
  });

  it("is not completed once another program has changed the file", async () => {
    const { file, journal } = prepare("[other]\nkey = kept, and changed\n[p]\nk = mine\n");
    leaveJournal(journal, long, short);
    await editSharedFile(file, edit, { secret: true });
    expect(readFileSync(file, "utf8")).toBe("[other]\nkey = kept, and changed\n[p]\nk = last\n");
    expect(existsSync(journal)).toBe(false);
  });

  it.each(["", "{}\n", '{"before":3,"after":3}\nabcde', "x".repeat(100)])(
    "passes over a journal that is not whole: %j",
    async (text) => {
      const { file, journal } = prepare(long);
      writeFileSync(journal, text, { mode: 0o600 });
      await editSharedFile(file, edit, { secret: true });
      expect(readFileSync(file, "utf8")).toBe(wanted);
    },
  );
});
