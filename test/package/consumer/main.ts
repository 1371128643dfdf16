// A project of somebody else: the provider, signed requests, both readers, the emulator and the server together.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  createSignedFetch,
  fromRolesAnywhere,
  NetworkError,
  readArchive,
  RolesAnywhereError,
  scanTable,
  signRequest,
  startCredentialServer,
  startEmulator,
} from "rolesanywhere-ts";
import type { ErrorCode, FromRolesAnywhereOptions, Item, Row, SignedRequest } from "rolesanywhere-ts";
import { startEmulator as startFromSubpath } from "rolesanywhere-ts/emulator";
import { RolesAnywhereError as ErrorFromSubpath } from "rolesanywhere-ts/errors";
import { fromRolesAnywhere as provideFromSubpath } from "rolesanywhere-ts/provider";
import { readArchive as readFromSubpath } from "rolesanywhere-ts/readers";
import { startCredentialServer as serveFromSubpath } from "rolesanywhere-ts/server";
import { signRequest as signFromSubpath } from "rolesanywhere-ts/sign";

interface Settings {
  readonly folder: string;
  readonly s3: string;
  readonly dynamodb: string;
}

const { folder, s3, dynamodb } = JSON.parse(process.argv[2] ?? "") as Settings;

async function main(): Promise<object> {
  await using emulator = await startEmulator({ folder, faults: ["CreateSession:throttling*1"] });
  const options: FromRolesAnywhereOptions = emulator.providerOptions;
  const credentials = fromRolesAnywhere(options);

  const rows: Row[] = [];
  const archive = { credentials, endpoint: s3, urls: "s3://acme/sales.zip", infer: true, where: "amount > 5" };
  for await (const row of readArchive(archive)) rows.push(row);

  const items: Item[] = [];
  const table = { credentials, endpoint: dynamodb, region: "us-east-1", table: "orders" };
  for await (const item of scanTable({ ...table, filter: "total >= :least", values: { least: 2 } })) items.push(item);

  const identity = "Action=GetCallerIdentity&Version=2011-06-15";
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const sts = { service: "sts", region: "us-east-1" };
  const signed: SignedRequest = await signRequest(
    { url: `${emulator.url}/`, method: "POST", headers: form, body: identity },
    { credentials, ...sts },
  );
  const caller = await fetch(signed.url, { method: signed.method, headers: signed.headers, body: identity });
  const signedFetch = createSignedFetch(credentials, sts);
  const again = await signedFetch(emulator.url, { method: "POST", headers: form, body: identity });

  await using server = await startCredentialServer({ provider: credentials, roleArn: emulator.roleArns.demo });
  const child = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", "console.log(process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI)"],
    { env: server.environment({}) },
  );

  return {
    rows,
    items: items.length,
    statuses: [caller.status, again.status],
    sessions: emulator.count("CreateSession"),
    served: child.stdout.trim() === server.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
    refusal: await refusalOf(readArchive({ ...archive, endpoint: "http://127.0.0.1:1" })),
    same: [
      startFromSubpath === startEmulator,
      ErrorFromSubpath === RolesAnywhereError,
      provideFromSubpath === fromRolesAnywhere,
      readFromSubpath === readArchive,
      serveFromSubpath === startCredentialServer,
      signFromSubpath === signRequest,
    ],
  };
}

type NetworkCode = "ERR_CONNECTION" | "ERR_SPIFFE_AGENT" | "ERR_SPIFFE_TIMEOUT" | "ERR_TIMEOUT" | "ERR_TLS";

async function refusalOf(work: AsyncIterable<unknown>): Promise<ErrorCode | undefined> {
  try {
    for await (const _ of work);
    return undefined;
  } catch (error) {
    if (error instanceof NetworkError) return error.code satisfies NetworkCode;
    throw error;
  }
}

process.stdout.write(JSON.stringify(await main()));
