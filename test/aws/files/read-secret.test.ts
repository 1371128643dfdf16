import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readSecretFile } from "../../../src/aws/files/read-secret.js";
import { bundleModule } from "../../support/bundle-module.js";
import {
  canGiveAway,
  giveAway,
  openFolder,
  runAsStranger,
  sharedFolder,
  stranger,
} from "../../support/hostile-places.js";
import { createScratch } from "../../support/scratch.js";

const rule = { noun: "token file", readableByOthers: false };

function secret(mode: number): string {
  const file = join(createScratch("secret"), "file");
  writeFileSync(file, "secret");
  chmodSync(file, mode);
  return file;
}

describe("readSecretFile", () => {
  test.each([0o400, 0o600, 0o440, 0o640])("takes mode %o", (mode) => {
    expect(readSecretFile(secret(mode), rule).toString()).toBe("secret");
  });

  test.each([0o644, 0o604, 0o660, 0o606, 0o666, 0o777])("refuses mode %o", (mode) => {
    expect(() => readSecretFile(secret(mode), rule)).toThrow(/which lets/);
  });

  test("lets others read where the rule does, never write", () => {
    expect(readSecretFile(secret(0o644), { ...rule, readableByOthers: true }).toString()).toBe("secret");
    expect(() => readSecretFile(secret(0o646), { ...rule, readableByOthers: true })).toThrow(/lets others write/);
  });

  test("refuses what is neither a file nor a pipe", () => {
    expect(() => readSecretFile("/dev/null", rule)).toThrow("is a device, expected a regular file");
    expect(() => readSecretFile(createScratch(), rule)).toThrow(/folder/);
  });

  test("takes what the shell hands over as a descriptor", async () => {
    const script = await bundleModule(
      `import { readSecretFile } from "./src/aws/files/read-secret.js";
       console.log(readSecretFile(process.argv[2], { noun: "n", readableByOthers: false }).toString());`,
    );
    const command = 'node "$1" /dev/fd/3 3< "$2"; echo piped | node "$1" /dev/stdin';
    const { stdout, stderr } = spawnSync("sh", ["-c", command, "sh", script, secret(0o666)]);
    expect(stdout.toString() + stderr.toString()).toBe("secret\npiped\n\n");
  });

  test.skipIf(!canGiveAway("secrets of other users"))(
    "refuses another user's file, and his link in a shared folder",
    () => {
      const file = secret(0o600);
      giveAway(file);
      expect(() => readSecretFile(file, rule)).toThrow(`belongs to user ${stranger}, expected user 0`);
      const link = join(sharedFolder(), "link");
      symlinkSync(secret(0o600), link);
      expect(readSecretFile(link, rule).toString()).toBe("secret");
      spawnSync("chown", ["-h", String(stranger), link]);
      expect(() => readSecretFile(link, rule)).toThrow(`is a link that user ${stranger} made`);
    },
  );

  test.skipIf(!canGiveAway("a secret of root's that a group may read"))(
    "takes root's 0440 file by its group",
    async () => {
      const open = openFolder();
      const folder = sharedFolder(0o1777, open);
      mkdirSync(join(folder, "..data"));
      const file = join(folder, "..data", "token");
      writeFileSync(file, "secret");
      chownSync(file, 0, stranger);
      chmodSync(file, 0o440);
      symlinkSync("..data/token", join(folder, "token"));
      const source = `import { readSecretFile } from "./src/aws/files/read-secret.js";
         console.log(readSecretFile(process.argv[2], { noun: "n", readableByOthers: false }).toString());`;
      expect(await runAsStranger(source, open, [join(folder, "token")])).toBe("secret\n");
    },
  );
});
