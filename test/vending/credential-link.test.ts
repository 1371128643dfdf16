import { expect, it } from "vitest";
import { describeLink } from "../../src/vending/credential-link.js";

it.each([
  [["CREDENTIALS_ENV_VARS"], "environment"],
  [["CREDENTIALS_PROFILE"], "static keys"],
  [["CREDENTIALS_PROFILE", "CREDENTIALS_PROFILE_PROCESS"], "credential_process"],
  [["CREDENTIALS_PROFILE", "CREDENTIALS_STS_ASSUME_ROLE"], "role"],
  [["CREDENTIALS_STS_ASSUME_ROLE_WEB_ID"], "web identity"],
  [["CREDENTIALS_PROFILE_SSO"], "SSO"],
  [["CREDENTIALS_PROFILE_LOGIN"], "login"],
  [["CREDENTIALS_HTTP"], "container"],
  [["CREDENTIALS_IMDS"], "instance metadata"],
])("credentials with the marks %j come from: %s", (marks, words) => {
  const $source = Object.fromEntries(marks.map((mark) => [mark, "x"]));
  expect(describeLink({ accessKeyId: "A", secretAccessKey: "S", $source } as never)).toContain(words);
});

it("credentials without marks come from nowhere that is known", () => {
  expect(describeLink({ accessKeyId: "A", secretAccessKey: "S" })).toBeUndefined();
});
