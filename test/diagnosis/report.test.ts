import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Finding } from "../../src/diagnosis/finding.js";
import { renderFinding, renderVerdict, wrapText } from "../../src/diagnosis/report.js";

const findings: readonly Finding[] = [
  { code: "SETTINGS", level: "pass", subject: "settings", message: "complete" },
  { code: "CERTIFICATE_FILE", level: "pass", subject: "client.pem", message: "readable, 1005 bytes" },
  {
    code: "SECRET_FILE_MODE",
    level: "warn",
    subject: "client.key (--private-key)",
    message: "mode 0644, wider than 0600: others on this machine may read it",
    hint: "chmod 600 client.key",
  },
  {
    code: "KEY_MATCH",
    level: "fail",
    subject: "private key (--private-key)",
    message: 'private key "client.key" (--private-key) does not belong to certificate "client.pem" (--certificate)',
    hint: 'compare "openssl pkey -in KEY -pubout" with "openssl x509 -in CERTIFICATE -noout -pubkey"',
  },
  { code: "CREATE_SESSION", level: "skip", subject: "CreateSession", message: "not looked at, since KEY_MATCH failed" },
  {
    code: "CALLER_IDENTITY",
    level: "pass",
    subject: "role",
    message: "arn:aws:sts::111122223333:assumed-role/Demo/403f6b953721acaa648594eb15bfc996",
  },
];

function render(color: boolean): string {
  const style = { color, width: 80 };
  const shown: Finding[] = [];
  const lines = findings.map((finding) => {
    const text = renderFinding(finding, shown.at(-1), style);
    if (text !== "") shown.push(finding);
    return text;
  });
  return lines.join("") + renderVerdict(findings, style);
}

test("a report at 80 columns is readable without colour", () => {
  expect(render(false)).toBe(`settings
  ok   SETTINGS               complete

files
  ok   CERTIFICATE_FILE       readable, 1005 bytes
  warn SECRET_FILE_MODE       client.key (--private-key)
    mode 0644, wider than 0600: others on this machine may read it
    -> chmod 600 client.key

certificate
  FAIL KEY_MATCH              private key (--private-key)
    private key "client.key" (--private-key) does not belong to certificate
    "client.pem" (--certificate)
    -> compare "openssl pkey -in KEY -pubout" with "openssl x509 -in CERTIFICATE
    -noout -pubkey"

aws
  ok   CALLER_IDENTITY
    arn:aws:sts::111122223333:assumed-role/Demo/403f6b953721acaa648594eb15bfc996

3 ok, 1 warning, 1 failed, 1 skipped.
Skipped: CREATE_SESSION (not looked at, since KEY_MATCH failed)
  FAIL KEY_MATCH              private key (--private-key)
    private key "client.key" (--private-key) does not belong to certificate
    "client.pem" (--certificate)
    -> compare "openssl pkey -in KEY -pubout" with "openssl x509 -in CERTIFICATE
    -noout -pubkey"
`);
});

test("a report without failures ends with the caller's identity", () => {
  const identity = { arn: "arn:aws:sts::111122223333:assumed-role/Demo/me", until: "2026-01-01T00:00:00Z" };
  const [first, ...others] = findings.filter(({ level }) => level !== "fail");
  const sound = [first as Finding, ...others.map((finding) => ({ ...finding, identity }))];
  expect(renderVerdict(sound, { color: false, width: 200 }, "prod").split("\n").slice(-3)).toEqual([
    "Worth a look: SECRET_FILE_MODE: chmod 600 client.key",
    "prod works: you are arn:aws:sts::111122223333:assumed-role/Demo/me, until 2026-01-01T00:00:00Z",
    "",
  ]);
});

test("without a terminal, nothing is clipped or wrapped", () => {
  const style = { color: false, width: Infinity };
  const message = "long ".repeat(200).trim();
  const finding: Finding = { code: "SETTINGS", level: "pass", subject: "s", message };
  expect(renderFinding(finding, undefined, style)).toBe(`settings\n  ok   SETTINGS               ${message}\n`);
  expect(renderFinding({ ...finding, level: "fail", hint: message }, undefined, style)).toContain(
    `    ${message}\n    -> ${message}\n`,
  );
});

test("many steps that were skipped for one reason are counted", () => {
  const skipped = ["KEY", "CHAIN", "TLS", "HOP"] as const;
  const verdict = renderVerdict(
    skipped.map((code) => ({ code, level: "skip", subject: "", message: "not looked at, since CERTIFICATE failed" })),
    { color: false, width: 80 },
  );
  expect(verdict).toContain("Skipped: 4 steps (not looked at, since CERTIFICATE failed)\n");
});

test("colour only adds escape sequences", () => {
  expect(render(true).replaceAll(/\u001b\[[\d;]*m/g, "")).toBe(render(false));
});

test("no line is wider than the terminal, for any text", () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 400 }),
      fc.integer({ min: 40, max: 120 }),
      fc.constantFrom("pass", "warn", "fail", "skip" as const),
      (text, width, level) => {
        const finding = { code: "CALLER_IDENTITY", level, subject: text, message: text, hint: text } as Finding;
        const lines = renderFinding(finding, undefined, { color: false, width }).split("\n");
        expect(lines.filter((line) => line.length > width)).toEqual([]);
      },
    ),
  );
});

test("wrapping loses no characters", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z ]{0,200}$/), fc.integer({ min: 10, max: 80 }), (text, width) => {
      expect(wrapText(text, width).join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
    }),
  );
});
