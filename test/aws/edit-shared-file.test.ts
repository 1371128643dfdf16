import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { editSharedFile as edited } from "../../src/aws/edit-shared-file.js";
import type { SectionEdit } from "../../src/aws/ini/edit.js";
import { canGiveAway, giveAway, openFolder, runAsStranger, sharedFolder, stranger } from "../support/hostile-places.js";
import { createScratch } from "../support/scratch.js";
import { bundleModule } from "../support/bundle-module.js";
import { requireTools } from "../support/tools.js";

const edit = { matches: (header: string) => header === "p", header: "p", changes: { k: "new" } };
const editSharedFile = (path: string, change: SectionEdit) => edited(path, change, { secret: true });
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

function scratchFile(content: string | Uint8Array): string {
  const file = join(createScratch("shared"), "credentials");
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

describe("editSharedFile", () => {
  test("makes the file 0600 and its folder 0700, whatever the umask", async () => {
    const file = join(createScratch("home"), ".aws", "credentials");
    await editSharedFile(file, edit);
    expect(readFileSync(file, "utf8")).toBe("[p]\nk = new\n");
    expect([mode(file), mode(join(file, ".."))]).toEqual(["600", "700"]);
  });

  test("leaves nothing beside the file", async () => {
    const file = scratchFile("[p]\nk = old\n");
    const mark = "4000000-1-0123456789ab-0123456789ab";
    writeFileSync(join(file, "..", `.credentials.${mark}.partial`), "left by a killed process");
    await editSharedFile(file, edit);
    expect(readdirSync(join(file, ".."))).toEqual(["credentials"]);
  });

  test("narrows the mode of a file that others could read", async () => {
    const file = scratchFile("[p]\nk = new\n");
    chmodSync(file, 0o644);
    await editSharedFile(file, edit);
    expect(mode(file)).toBe("600");
  });

  test("replaces the file rather than writing into it", async () => {
    const file = scratchFile("[p]\nk = old\n");
    const before = statSync(file).ino;
    await editSharedFile(file, edit);
    expect(statSync(file).ino).not.toBe(before);
  });

  test("does not touch a file that says it already", async () => {
    const file = scratchFile("[p]\nk = new\n");
    utimesSync(file, 1, 1);
    await editSharedFile(file, edit);
    expect(statSync(file).mtimeMs).toBe(1000);
  });

  test("keeps bytes that are not UTF-8, and writes names and values as UTF-8", async () => {
    const file = scratchFile(Buffer.from("# caf\xe9\n[r\u00f4le]\nk = 1\n", "latin1"));
    await editSharedFile(file, {
      ...edit,
      header: "rôle",
      matches: (header) => header === "rôle",
      changes: { k: "ü" },
    });
    expect(readFileSync(file).toString("latin1")).toBe("# caf\xe9\n[r\xf4le]\nk = 1\n\n[r\xc3\xb4le]\nk = \xc3\xbc\n");
  });

  test("writes through links and leaves them links", async () => {
    const file = scratchFile("[p]\nk = old\n");
    const folder = createScratch("links");
    symlinkSync(file, join(folder, "one"));
    symlinkSync("one", join(folder, "two"));
    await editSharedFile(join(folder, "two"), edit);
    expect(readlinkSync(join(folder, "two"))).toBe("one");
    expect(lstatSync(file).isSymbolicLink()).toBe(false);
    expect(readFileSync(file, "utf8")).toBe("[p]\nk = new\n");
  });

  test("makes the file that a link leads to", async () => {
    const folder = createScratch("links");
    symlinkSync("real/credentials", join(folder, "credentials"));
    await editSharedFile(join(folder, "credentials"), edit);
    expect(readFileSync(join(folder, "real", "credentials"), "utf8")).toBe("[p]\nk = new\n");
  });

  test("refuses a circle of links", async () => {
    const folder = createScratch("links");
    symlinkSync("b", join(folder, "a"));
    symlinkSync("a", join(folder, "b"));
    await expect(editSharedFile(join(folder, "a"), edit)).rejects.toThrow(/ELOOP/);
  });

  test("writes a file with several names in place", async () => {
    const file = scratchFile(`[p]\nk = a-longer-value-than-the-new-one\n`);
    linkSync(file, `${file}2`);
    await editSharedFile(file, edit);
    expect(readFileSync(`${file}2`, "utf8")).toBe("[p]\nk = new\n");
    expect(statSync(file).nlink).toBe(2);
  });

  test("refuses UTF-16, which it would tear apart", async () => {
    const file = scratchFile(Buffer.from("\uFEFF[p]\n", "utf16le"));
    await expect(editSharedFile(file, edit)).rejects.toMatchObject({ code: "ERR_CONFIG_FILE", hints: [/UTF-8/] });
    expect(readFileSync(file).length).toBe(10);
  });

  test("refuses a folder in the file's place", async () => {
    const folder = createScratch("folder");
    mkdirSync(join(folder, "credentials"));
    await expect(editSharedFile(join(folder, "credentials"), edit)).rejects.toThrow(/is a folder/);
  });

  const canMount =
    requireTools("update of a bind-mounted credentials file", "unshare") &&
    spawnSync("unshare", ["-m", "true"]).status === 0;
  test.skipIf(!canMount)("writes a bind-mounted file in place", async () => {
    const file = scratchFile("[p]\nk = old\n[q]\nz = 1");
    const mounted = join(createScratch("mount"), "credentials");
    writeFileSync(mounted, "");
    const script = await bundleModule(
      `import { editSharedFile } from "./src/aws/edit-shared-file.js";
       await editSharedFile(process.argv[2], { matches: (header) => header === "p", header: "p", changes: { k: "new" } }, { secret: true });`,
    );
    const command = `mount --bind "$1" "$2" && "$3" "$4" "$2"`;
    const { status, stderr } = spawnSync("unshare", [
      "-m",
      "sh",
      "-c",
      command,
      "sh",
      file,
      mounted,
      process.execPath,
      script,
    ]);
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: "" });
    expect(readFileSync(file, "utf8")).toBe("[p]\nk = new\n[q]\nz = 1");
  });

  test("takes over the lock of a dead process", async () => {
    const file = scratchFile("[p]\nk = old\n");
    const lock = join(file, "..", ".credentials.rolesanywhere-ts.lock");
    const holder = await bundleModule(
      `import { acquireLock } from "./src/aws/files/lock.js";
       await acquireLock(process.argv[2]);
       process.kill(process.pid, "SIGKILL");`,
    );
    spawnSync(process.execPath, [holder, lock]);
    expect(readdirSync(lock)).toHaveLength(1);
    await editSharedFile(file, edit);
    expect(existsSync(lock)).toBe(false);
    expect(readFileSync(file, "utf8")).toBe("[p]\nk = new\n");
  });

  const canBeStranger = canGiveAway("a credentials file in a folder that takes no lock");
  const asStranger = `import { editSharedFile } from "./src/aws/edit-shared-file.js";
    const edit = { matches: (header) => header === "p", header: "p", changes: { k: "new" } };
    const startedMs = Date.now();
    await editSharedFile(process.argv[2], edit, { secret: true }).catch(({ code, message }) => console.log(code, message));
    console.log(Date.now() - startedMs < 5000 ? "at once" : "after a wait");`;

  /** A file of the stranger's in a folder of root's, and a shared folder of temporary files. */
  function fileWithoutPlaceForLock() {
    const open = openFolder();
    const folder = sharedFolder(0o755, open);
    const file = join(folder, "credentials");
    writeFileSync(file, "[p]\nk = old\n", { mode: 0o600 });
    giveAway(file);
    const temporary = join(open, "tmp");
    mkdirSync(temporary);
    chmodSync(temporary, 0o1777);
    return { open, file, temporary };
  }

  test.skipIf(!canBeStranger)(
    "locks below the home where the file's folder takes no lock, whatever lies in /tmp",
    async () => {
      const { open, file, temporary } = fileWithoutPlaceForLock();
      const digest = createHash("sha256").update(file).digest("hex").slice(0, 16);
      symlinkSync(`${process.pid}@elsewhere#x`, join(temporary, `rolesanywhere-ts-${digest}.lock`));
      mkdirSync(join(temporary, `rolesanywhere-ts-${stranger}`));
      const home = join(open, "home");
      mkdirSync(home);
      giveAway(home);
      expect(await runAsStranger(asStranger, open, [file], { HOME: home, TMPDIR: temporary })).toBe("at once\n");
      expect(readFileSync(file, "utf8")).toBe("[p]\nk = new\n");
      expect(mode(join(home, ".cache", "rolesanywhere-ts", "locks"))).toBe("700");
    },
  );

  test.skipIf(!canBeStranger)(
    "refuses at once where only a folder that another user made is left for the lock",
    async () => {
      const { open, file, temporary } = fileWithoutPlaceForLock();
      const planted = join(temporary, `rolesanywhere-ts-${stranger}`);
      mkdirSync(planted);
      chownSync(planted, 4_321, 4_321);
      const output = await runAsStranger(asStranger, open, [file], { HOME: "/nowhere", TMPDIR: temporary });
      expect(output).toMatch(/^ERR_OUTPUT no folder for a lock: .*belongs to user 4321\nat once\n$/);
    },
  );
});
