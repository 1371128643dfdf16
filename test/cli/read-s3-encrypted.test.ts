import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";
import { writeZip } from "../support/zip-writer.js";
import type { ZipMemberSource } from "../support/zip-writer.js";

const password = "correct höchst geheim";
const large = `id,text\n${Array.from({ length: 60_000 }, (_, index) => `${index},${"x".repeat(index % 37)}\n`).join("")}`;

let s3: S3Server;
let passwordFile: string;
const run = (...argv: string[]) => runCli(["read-s3", "--progress", "none", ...argv], { env: s3.env });
const withPassword = (...argv: string[]) => run("--archive-password-file", passwordFile, ...argv);

function put(...members: ZipMemberSource[]): void {
  s3.put("acme", "secret.zip", writeZip(members));
}

beforeAll(async () => {
  s3 = await startS3Server();
  passwordFile = join(createScratch("password"), "password.txt");
  writeFileSync(passwordFile, `${password}\r\nnot this line\n`);
});
afterAll(() => s3[Symbol.asyncDispose]());

describe("read-s3 --archive-password-file", () => {
  it.each([
    [128, 1, "deflate"],
    [192, 2, "deflate"],
    [256, 1, "stored"],
    [256, 2, "deflate"],
  ] as const)("reads members encrypted with AES-%i, AE-%i, %s", async (keyBits, version, method) => {
    const aes = { password, keyBits, version };
    put({ name: "a.csv", data: large, aes, method }, { name: "b.csv", data: "id,text\nlast,row\n", aes, method });
    const { stdout, stderr, status } = await withPassword("s3://acme/secret.zip");
    expect({ stderr, status, same: stdout === `${large}last,row\n` }).toEqual({ stderr: "", status: 0, same: true });
  });

  it("reads encrypted and other members of one archive, an empty one too, in every form", async () => {
    const aes = { password };
    put(
      { name: "a.csv", data: "id\n1\n", aes },
      { name: "b.csv", data: "id\n2\n" },
      { name: "empty.csv", data: "", aes },
    );
    expect(await withPassword("s3://acme/secret.zip", "--format", "ndjson")).toMatchObject({
      stdout: '{"id":"1"}\n{"id":"2"}\n',
      status: 0,
    });
    expect(await withPassword("s3://acme/secret.zip", "--raw")).toMatchObject({ stdout: "id\n1\nid\n2\n", status: 0 });
    const folder = createScratch("extract");
    expect(await withPassword("s3://acme/secret.zip", "--extract", folder)).toMatchObject({ stderr: "", status: 0 });
    expect(readFileSync(join(folder, "a.csv"), "utf8")).toBe("id\n1\n");
  });

  it("refuses a wrong password, and shows none", async () => {
    const { stdout, stderr, status } = await (put({ name: "a.csv", data: "id\n1\n", aes: { password: "another" } }),
    withPassword("s3://acme/secret.zip", "--format", "ndjson"));
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toContain('member "a.csv" of s3://acme/secret.zip: the password is wrong');
    expect(stderr).toContain("--archive-password-file");
    expect(stderr).not.toContain("geheim");
  });

  it.each([
    ["stored", 2],
    ["stored", 1],
    ["deflate", 2],
    ["deflate", 1],
  ] as const)("refuses %s data of AE-%i that was changed, and leaves no file behind", async (method, version) => {
    const archive = writeZip([{ name: "a.csv", data: large, method, aes: { password, version } }]);
    const folder = createScratch("changed");
    for (const at of [30 + 5 + 11 + 16 + 2, 5_000, 10_000]) {
      const bytes = Buffer.from(archive);
      bytes[at] = (bytes[at] as number) ^ 1;
      s3.put("acme", "changed.zip", bytes);
      const { stderr, status } = await withPassword(
        "s3://acme/changed.zip",
        "--raw",
        "--output",
        join(folder, "o.ndjson"),
      );
      expect({ at, status, left: readdirSync(folder) }).toEqual({ at, status: 2, left: [] });
      expect(stderr).toMatch(/authentication code does not match|is damaged|found \w+ bytes|CRC-32/);
    }
  });

  it("refuses changed bytes behind the end of the compressed data", async () => {
    const bytes = writeZip([{ name: "a.csv", data: "id\n1\n", aes: { password, version: 2 } }]);
    const code = bytes.indexOf("PK\x01\x02", "latin1") - 1;
    bytes[code] = (bytes[code] as number) ^ 1;
    s3.put("acme", "changed.zip", bytes);
    const { stderr, status } = await withPassword("s3://acme/changed.zip");
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringContaining("its authentication code does not match: it was changed"),
    });
  });

  it("is asked for when it is missing, and has to have a first line", async () => {
    put({ name: "a.csv", data: "id\n1\n", aes: { password } });
    const missing = await run("s3://acme/secret.zip");
    expect(missing).toMatchObject({ stdout: "", status: 2 });
    expect(missing.stderr).toContain("it is encrypted with AES-256, and no password is given");
    expect(missing.stderr).toContain("name a file that holds it with --archive-password-file");
    const empty = join(createScratch("password"), "empty.txt");
    writeFileSync(empty, "\n");
    const { stderr } = await run("--archive-password-file", empty, "s3://acme/secret.zip");
    expect(stderr).toContain("--archive-password-file has no password in its first line");
    const absent = await run("--archive-password-file", `${empty}.no`, "s3://acme/secret.zip");
    expect(absent.stderr).toContain("cannot read the password file");
  });

  it("does not help with ZipCrypto, and the refusal says what does", async () => {
    put({ name: "a.csv", data: "id\n1\n", encrypted: true });
    const { stderr, status } = await withPassword("s3://acme/secret.zip");
    expect(status).toBe(2);
    expect(stderr).toContain("it is encrypted with ZipCrypto, which is broken");
    expect(stderr).toContain("7z a -tzip -mem=AES256");
  });
});

it.skipIf(!requireTools("ZIP archives that 7-Zip encrypted", "7z"))(
  "reads what 7-Zip encrypts, and refuses its ZipCrypto",
  async () => {
    const folder = createScratch("7z");
    // It refuses other than ASCII.
    const plainPassword = "correct horse";
    writeFileSync(join(folder, "password.txt"), plainPassword);
    const withPlain = () => run("--archive-password-file", join(folder, "password.txt"), "s3://acme/7z.zip");
    mkdirSync(join(folder, "in"));
    writeFileSync(join(folder, "in/a.csv"), large);
    writeFileSync(join(folder, "in/tiny.csv"), "id,text\ntiny,row\n");
    const pack = (...flags: string[]) => {
      const file = join(folder, `${flags.join("")}.zip`);
      const made = spawnSync("7z", ["a", "-tzip", `-p${plainPassword}`, ...flags, file, "."], {
        cwd: join(folder, "in"),
      });
      expect({ flags, status: made.status }).toEqual({ flags, status: 0 });
      s3.put("acme", "7z.zip", readFileSync(file));
    };
    for (const method of ["AES128", "AES192", "AES256"]) {
      for (const level of ["-mx0", "-mx9"]) {
        pack(`-mem=${method}`, level);
        const { stdout, stderr } = await withPlain();
        expect({ method, level, stderr, same: stdout === `${large}tiny,row\n` }).toEqual({
          method,
          level,
          stderr: "",
          same: true,
        });
      }
    }
    pack("-mem=ZipCrypto");
    expect((await withPlain()).stderr).toContain("ZipCrypto");
  },
);

it.skipIf(!requireTools("ZIP archives that pyzipper encrypted", "pyzipper"))(
  "reads what pyzipper encrypts",
  async () => {
    const folder = createScratch("pyzipper");
    const script = `
import sys, pyzipper
for bits in (128, 192, 256):
    for version in (1, 2):
        with pyzipper.AESZipFile(f"{sys.argv[1]}/{bits}-{version}.zip", "w", compression=pyzipper.ZIP_DEFLATED) as archive:
            archive.setpassword(sys.argv[2].encode())
            archive.setencryption(pyzipper.WZ_AES, nbits=bits, force_wz_aes_version=version)
            archive.writestr("a.csv", "id,text\\n" + "".join(f"{i},{'y' * (i % 50)}\\n" for i in range(20000)))
            archive.writestr("dir/b.csv", "id,text\\nlast,row\\n")
`;
    const made = spawnSync("python3", ["-c", script, folder, password], { encoding: "utf8" });
    expect(made).toMatchObject({ status: 0, stderr: "" });
    const expected = `id,text\n${Array.from({ length: 20_000 }, (_, index) => `${index},${"y".repeat(index % 50)}\n`).join("")}last,row\n`;
    for (const name of readdirSync(folder)) {
      s3.put("acme", "pyzipper.zip", readFileSync(join(folder, name)));
      const { stdout, stderr } = await withPassword("s3://acme/pyzipper.zip");
      expect({ name, stderr, same: stdout === expected }).toEqual({ name, stderr: "", same: true });
    }
  },
);
