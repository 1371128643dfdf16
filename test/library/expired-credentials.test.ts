import { describe, expect, it } from "vitest";
import { assumeRoles, readArchive, scanTable, signRequest } from "../../src/index.js";

const keys = { accessKeyId: "ASIAOLD", secretAccessKey: "s", sessionToken: "t" };
const connection = { region: "us-east-1", endpoint: "http://127.0.0.1:9" };
const sts = { region: "us-east-1", stsEndpoint: "http://127.0.0.1:9" };
const url = "https://abc123.execute-api.us-east-1.amazonaws.com/";
type Given = typeof keys & { readonly expiration: Date };

async function drain(rows: AsyncIterable<unknown>): Promise<void> {
  for await (const _row of rows);
}

describe.each([
  [
    "expired credentials",
    new Date("2020-01-01T00:00:00Z"),
    /^the credentials have expired \(.*\): they ended at 2020-/,
  ],
  ["credentials whose expiry is no date", new Date("tomorrow"), /^the credentials have an expiry that is not a time/],
])("%s are refused before anything is sent", (_what, expiration, message) => {
  const refused = { code: "ERR_CREDENTIALS", message: expect.stringMatching(message) as string };
  it.each([
    ["assumeRoles", (given: Given) => assumeRoles(given, [{ RoleArn: "arn:aws:iam::111122223333:role/A" }], sts)],
    ["signRequest", (given: Given) => signRequest({ url }, { credentials: given })],
    ["signRequest, from a provider", (given: Given) => signRequest({ url }, { credentials: async () => given })],
    [
      "readArchive",
      (given: Given) => drain(readArchive({ ...connection, bucket: "acme", key: "a.zip", credentials: given })),
    ],
    ["scanTable", (given: Given) => drain(scanTable({ ...connection, table: "t", credentials: async () => given }))],
  ] as const)("%s", async (_name, call) => {
    await expect(call({ ...keys, expiration })).rejects.toMatchObject(refused);
  });
});

it("a request is signed for its own date, when the credentials were in force", async () => {
  const signed = await signRequest(
    { url },
    { credentials: { ...keys, expiration: new Date("2020-01-01T00:00:00Z") }, date: new Date("2019-12-31T23:00:00Z") },
  );
  expect(signed.headers["authorization"]).toContain("Credential=ASIAOLD/20191231/");
});
