import { expect, test } from "vitest";
import { textsOf, UsageError } from "../src/errors.js";
import { message, onCommandLine, orSet, renderText, setting, variable } from "../src/message.js";
import { describeOrigin } from "../src/origin.js";

test("the command line names flags and variables", () => {
  const hint = message`give ${setting("pkcs11-pin-file")} or ${setting("region", "us-east-1")}, or set ${variable("pkcs11-pin")}`;
  expect(renderText(hint)).toBe("give --pkcs11-pin-file or --region us-east-1, or set ROLESANYWHERE_TS_PKCS11_PIN");
  expect(renderText(message`give ${setting("certificate")}${orSet("certificate", "private-key")}`)).toBe(
    "give --certificate, or set ROLESANYWHERE_TS_CERTIFICATE and ROLESANYWHERE_TS_PRIVATE_KEY",
  );
});

test("an error shows the command line's text and keeps the parts", () => {
  const error = new UsageError("ERR_SETTING", message`${setting("role-arn")} is ${3}`, {
    hints: ["a", onCommandLine("b")],
  });
  expect(error).toMatchObject({ message: "--role-arn is 3", hints: ["a", "b"] });
  expect(renderText(message`so ${textsOf(error).message}`)).toBe("so --role-arn is 3");
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    name: "UsageError",
    code: "ERR_SETTING",
    hints: ["a", "b"],
  });
});

test("an origin is told by flag, variable or key", () => {
  expect(renderText(describeOrigin({ kind: "flag", setting: "role-arn" }))).toBe("--role-arn");
  expect(describeOrigin({ kind: "environment", name: "AWS_CA_BUNDLE" })).toBe("AWS_CA_BUNDLE");
  expect(describeOrigin({ kind: "profile", key: "ca_bundle", profile: "x", file: "/f" })).toBe(
    'ca_bundle of profile "x" in /f',
  );
  const from = describeOrigin({ kind: "flag", setting: "trust-anchor-arn" });
  expect(renderText(describeOrigin({ kind: "derived", from }))).toBe("derived from --trust-anchor-arn");
});
