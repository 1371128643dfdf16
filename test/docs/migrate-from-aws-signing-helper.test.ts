// docs/migrate-from-aws-signing-helper.md against both programs: it has every flag of AWS's helper, and every flag in it
// is one that our command takes.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { registry } from "../../src/commands/registry.js";

const page = readFileSync(new URL("../../docs/migrate-from-aws-signing-helper.md", import.meta.url), "utf8");

/** `--help` of aws_signing_helper 1.8.0, command by command, without `--help` itself. */
const keyFlags = [
  "certificate",
  "private-key",
  "cert-selector",
  "system-store-name",
  "use-latest-expiring-certificate",
  "pkcs11-lib",
  "reuse-pin",
  "tpm-key-password",
  "no-tpm-key-password",
  "pkcs8-password",
  "debug",
];
const sessionFlags = [
  ...keyFlags,
  "intermediates",
  "role-arn",
  "profile-arn",
  "trust-anchor-arn",
  "session-duration",
  "region",
  "endpoint",
  "no-verify-ssl",
  "with-proxy",
  "role-session-name",
];
const helper: Readonly<Record<string, readonly string[]>> = {
  "credential-process": sessionFlags,
  serve: [...sessionFlags, "port", "hop-limit"],
  update: [...sessionFlags, "profile", "once"],
  "sign-string": [...keyFlags, "format", "digest"],
  "read-certificate-data": ["certificate", "cert-selector", "system-store-name", "pkcs11-lib", "debug"],
  version: [],
};

interface Row {
  readonly flag: string;
  readonly verdict: string;
  readonly remarks: string;
}

/** The flag table below a heading. */
function readTable(heading: string): readonly Row[] {
  const section = page.split(/^(?=#{2,3} )/m).find((piece) => piece.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^\| `--([a-z\d-]+)` \| ([^|]*) \|(.*)\|$/gm)].map(
    ([, flag = "", verdict = "", remarks = ""]) => ({ flag, verdict: verdict.trim(), remarks: remarks.trim() }),
  );
}

const shared = readTable("## Flags of credential-process, serve and update");
const own = Object.fromEntries(
  ["serve", "update", "sign-string", "read-certificate-data"].map((name) => [name, readTable(`### ${name}`)]),
);
const flagsOf = (rows: readonly Row[]) => rows.map(({ flag }) => flag);

describe.skipIf(process.platform === "win32")("the pattern for AWS config files", () => {
  const [, pattern = ""] = /^sed -E '([^']+)'/m.exec(page) ?? [];
  const more = "credential-process --certificate /etc/aws_signing_helper/aws_signing_helper.pem --role-arn R";
  const kept = "credential_process =";

  test.each([
    [`${kept} aws_signing_helper ${more}`, `${kept} rolesanywhere-ts ${more}`],
    [`${kept} /opt/aws_signing_helper/bin/aws_signing_helper ${more}`, `${kept} rolesanywhere-ts ${more}`],
    [`${kept} "/opt/my aws_signing_helper/aws_signing_helper" ${more}`, `${kept} rolesanywhere-ts ${more}`],
    [`credential_process=aws_signing_helper ${more}`, `credential_process=rolesanywhere-ts ${more}`],
    [`# ${kept} aws_signing_helper ${more}`, undefined],
    [`${kept} wrapper --program aws_signing_helper ${more}`, undefined],
    [`${kept} /opt/aws_signing_helper/wrapper ${more}`, undefined],
    ["[profile aws_signing_helper]", undefined],
  ])("makes of %j what it should", (before, after) => {
    const options = { input: `${before}\n`, encoding: "utf8" } as const;
    expect(execFileSync("sed", ["-E", pattern], options)).toBe(`${after ?? before}\n`);
  });
});

describe("the page about moving over", () => {
  test("has each flag that credential-process, serve and update share, once", () => {
    expect(flagsOf(shared).toSorted()).toEqual(sessionFlags.toSorted());
  });

  test.each(["serve", "update", "sign-string", "read-certificate-data"])("has each flag of %s's own", (name) => {
    const known = new Set(sessionFlags);
    expect(flagsOf(own[name] ?? []).toSorted()).toEqual(helper[name]!.filter((flag) => !known.has(flag)).toSorted());
  });

  test("has each command", () => {
    for (const name of [...Object.keys(helper), "help", "completion"])
      expect(page).toMatch(new RegExp(`^\\| \`${name}\``, "m"));
  });

  test("says of each flag whether it is the same, and of those that are not what is other", () => {
    const rows = [...shared, ...Object.values(own).flat()];
    expect(rows.filter(({ verdict }) => !/^(?:same|better|different)$/.test(verdict))).toEqual([]);
    expect(rows.filter(({ verdict, remarks }) => verdict !== "same" && remarks === "")).toEqual([]);
  });

  test.each(Object.entries(helper))("our %s takes every flag of the helper's", async (name, flags) => {
    const command = await registry[name]!.load();
    const taken = Object.keys(command.options as Record<string, unknown>);
    expect(flags.filter((flag) => !taken.includes(flag))).toEqual([]);
  });
});
