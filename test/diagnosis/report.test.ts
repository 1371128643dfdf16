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
  return (
    findings.map((finding, index) => renderFinding(finding, findings[index - 1], style)).join("") +
    renderVerdict(findings, style)
  );
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
  skip CREATE_SESSION         not looked at, since KEY_MATCH failed
  ok   CALLER_IDENTITY
    arn:aws:sts::111122223333:assumed-role/Demo/403f6b953721acaa648594eb15bfc996

3 ok, 1 warnings, 1 failed, 1 skipped.
First: KEY_MATCH: compare "openssl pkey -in KEY -pubout" with "openssl x509 -in
CERTIFICATE -noout -pubkey"
`);
});

test("colour adds nothing but colour", () => {
  expect(render(true).replaceAll(/\u001b\[[\d;]*m/g, "")).toBe(render(false));
});

test("no line is wider than the terminal, whatever the text", () => {
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

test("wrapping loses no letter", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z ]{0,200}$/), fc.integer({ min: 10, max: 80 }), (text, width) => {
      expect(wrapText(text, width).join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
    }),
  );
});
