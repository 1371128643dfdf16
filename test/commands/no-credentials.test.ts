import { expect, test } from "vitest";
import { runCli } from "../support/run-cli.js";

const nowhere = { AWS_REGION: "us-east-1", AWS_EC2_METADATA_DISABLED: "true" };

test.each([
  ["assume-role", "arn:aws:iam::111122223333:role/Reader"],
  ["exec", "--", "true"],
  ["read-s3", "s3://acme/report.zip"],
  ["request", "https://abc123.execute-api.us-east-1.amazonaws.com/dev/pets"],
  ["scan", "orders", "--endpoint-url", "http://127.0.0.1:9"],
])("%s without credentials reports how to give them, not an internal error", async (...words) => {
  const { stdout, stderr, status } = await runCli(words, { env: nowhere });
  expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
  expect(stderr).toMatch(
    /^rolesanywhere-ts: error\[ERR_CREDENTIALS\]: there are no credentials \(default credential chain\): /,
  );
  expect(stderr).toMatch(/hint: .*--certificate.*profile/);
});

test("exec names a profile that does not exist", async () => {
  const { stderr, status } = await runCli(["exec", "--profile", "absent", "--", "true"], { env: nowhere });
  expect(status).toBe(2);
  expect(stderr).toContain('there are no credentials: profile "absent" is not in ');
});
