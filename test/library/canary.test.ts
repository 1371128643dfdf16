import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import {
  assumeRoles,
  createSession,
  createSignedFetch,
  fromRolesAnywhere,
  readArchive,
  readTableExport,
  scanTable,
  signRequest,
  startCredentialServer,
  startEmulator as startOne,
} from "../../src/index.js";
import type {
  AssumeRoleParameters,
  AwsCredentials,
  FromRolesAnywhereOptions,
  ReadArchiveOptions,
  ReadTableExportOptions,
  ScanTableOptions,
  SignableRequest,
  SignRequestOptions,
  StartCredentialServerOptions,
} from "../../src/index.js";
import { flagNames } from "../../src/library/option-words.js";
import { type PlantedKey, plantKey, SecretSearch } from "../support/canary.js";
import { libraryOptions } from "../support/library-options.js";
import { createScratch } from "../support/scratch.js";

const password = "canary-Passw0rd-7f3a";
const secretAccessKey = "canarySecretAccessKey/7f3a+EXAMPLEKEY0000";
const sessionToken = "canarySessionToken7f3aEXAMPLE//////////////////////////////////w==";
const folder = createScratch("canary-library");
let emulator: Emulator;
let key: PlantedKey;

let refusing: { readonly url: string; close(): void };

/** Refuses every request, as a service does that is not to be asked again. */
async function startRefusing() {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(403, { "content-type": "application/x-amz-json-1.0" });
    response.end('{"__type":"AccessDeniedException","message":"no"}');
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => void server.close() };
}

beforeAll(async () => {
  emulator = await startEmulator();
  refusing = await startRefusing();
  key = plantKey(readFileSync(join(emulator.folder, "ec-key.pem"), "utf8"));
  writeFileSync(join(folder, "damaged.key"), key.pem.replace("MIG", "MIX"));
});
afterAll(async () => {
  refusing.close();
  await emulator.stop();
});

const others = ["stsEndpoint", "caBundle", "settingsProfile", "proxy", "instanceProperties"];
const options = [...Object.keys(flagNames), ...others];

async function failuresOf(changes: Readonly<Record<string, unknown>>, search: SecretSearch, where: string) {
  const trace: string[] = [];
  const given = {
    ...libraryOptions(emulator),
    debug: (line: string) => void trace.push(line),
    ...changes,
  } as FromRolesAnywhereOptions;
  for (const [name, call] of Object.entries({
    fromRolesAnywhere: () => fromRolesAnywhere(given)(),
    createSession: () => createSession(given),
  })) {
    try {
      await call();
    } catch (error) {
      search.error(error, `${name}: ${where}`);
    }
    search.text(trace.join("\n"), `${name}: ${where}: trace`);
  }
}

test("no error of the library holds a key that stands in one of its options", async () => {
  const search = new SecretSearch(key.secrets);
  for (const option of options) {
    for (const [how, value] of Object.entries(key.disguises)) {
      await failuresOf({ [option]: value }, search, `${option} (${how})`);
      await failuresOf({ [option]: { key: value } }, search, `${option} in an object (${how})`);
    }
    await failuresOf({ [option]: () => `x${key.pem}` }, search, `${option} as a function`);
    await failuresOf({ [option]: Buffer.from(key.pem.replace("MIG", "MIX")) }, search, `${option} as bytes`);
  }
  console.log(`canary: errors of the library: ${search.places} places searched`);
  expect(search.places).toBeGreaterThan(1_000);
  expect(search.leaks).toEqual([]);
}, 300_000);

test("no error of the library holds a password", async () => {
  const search = new SecretSearch([password, ...key.secrets]);
  const damaged = { privateKey: join(folder, "damaged.key") };
  for (const option of ["pkcs8Password", "pkcs12Password", "pkcs11Pin", "tpmKeyPassword"]) {
    for (const more of [{}, damaged, { privateKey: "pkcs11:object=x" }, { privateKey: "handle:0x81000001" }]) {
      await failuresOf({ ...more, [option]: password }, search, option);
    }
  }
  for (const uri of [
    `pkcs11:object=x?pin-value=${password}`,
    `pkcs11:object=x;pin-value=${password}`,
    `pkcs11:object=x?pin-value=1;${password}`,
    `pkcs11:object=x?pin-value=1&pin-value=${password}`,
  ]) {
    await failuresOf({ privateKey: uri }, search, "a PIN in a URI");
    await failuresOf({ certificate: uri, privateKey: undefined }, search, "a PIN in a URI");
    await failuresOf({ intermediates: uri }, search, "a PIN in a URI");
  }
  for (const url of [
    `http://user:${password}@127.0.0.1:1`,
    `socks5://user:${password}@h`,
    `http://user:${password}@h:x`,
  ]) {
    for (const option of ["endpoint", "stsEndpoint", "proxy"]) {
      await failuresOf({ [option]: url }, search, `a password in ${option}`);
    }
  }
  console.log(`canary: passwords in the library: ${search.places} places searched`);
  expect(search.leaks).toEqual([]);
}, 300_000);

type Options = Readonly<Record<string, unknown>>;

/** The other functions: what to call, with which options that work, and which are text. */
interface Callee {
  readonly call: (options: Options) => Promise<unknown>;
  readonly base: () => Options;
  readonly options: readonly string[];
}

async function drain(rows: AsyncIterable<unknown>): Promise<void> {
  for await (const row of rows) void row;
}

const connection = ["credentials", "region", "endpoint", "caBundle", "environment"];
const names = {
  archive:
    "urls bucket key folder date from to keyTemplate pick member exclude delimiter encoding ragged columns where",
  moreOfArchive: "sourceColumn limit maxExpansion readTimeoutSeconds",
  scan: "table index filter projection values names limit segments shard maxRcu checkpoint numbers sets timeoutSeconds",
  hop: "RoleArn RoleSessionName ExternalId SourceIdentity SerialNumber TokenCode Policy PolicyArns Tags DurationSeconds",
};
const keyId = "AKIAIOSFODNN7EXAMPLE";
const given = () => ({ accessKeyId: keyId, secretAccessKey, sessionToken });
/** What cannot be reached is tried again; that is not what is looked at here. */
const reading = () => ({
  credentials: given(),
  endpoint: refusing.url,
  region: "us-east-1",
  environment: {},
  signal: AbortSignal.timeout(1_000),
});

const callees: Readonly<Record<string, Callee>> = {
  readArchive: {
    call: (options) => drain(readArchive(options as unknown as ReadArchiveOptions)),
    base: () => ({ ...reading(), urls: "s3://acme/a.csv" }),
    options: [...connection, ...names.archive.split(" "), ...names.moreOfArchive.split(" ")],
  },
  scanTable: {
    call: (options) => drain(scanTable(options as unknown as ScanTableOptions)),
    base: () => ({ ...reading(), table: "orders", timeoutSeconds: 1 }),
    options: [...connection, ...names.scan.split(" ")],
  },
  readTableExport: {
    call: (options) => drain(readTableExport(options as unknown as ReadTableExportOptions)),
    base: () => ({ ...reading(), url: "s3://acme/AWSDynamoDB/01-ab/" }),
    options: [...connection, "url", "limit", "numbers", "sets", "readTimeoutSeconds"],
  },
  assumeRoles: {
    call: ({ from, hop, ...options }) => assumeRoles(from as AwsCredentials, [hop as AssumeRoleParameters], options),
    base: () => ({ from: given(), hop: { RoleArn: "arn:aws:iam::111122223333:role/Target" }, ...connecting() }),
    options: ["from", "hop", "stsEndpoint", "region", "caBundle", "proxy", "timeouts", "environment"],
  },
  "a hop of assumeRoles": {
    call: (hop) => assumeRoles(given(), [hop as unknown as AssumeRoleParameters], connecting()),
    base: () => ({ RoleArn: "arn:aws:iam::111122223333:role/Target" }),
    options: names.hop.split(" "),
  },
  signRequest: {
    call: ({ url, method, headers, body, ...options }) =>
      signRequest({ url, method, headers, body } as SignableRequest, options as unknown as SignRequestOptions),
    base: () => ({ url: "https://s3.us-east-1.amazonaws.com/", credentials: given() }),
    options: "url method headers body credentials service region regionSet date pathSigning presignSeconds".split(" "),
  },
  createSignedFetch: {
    call: ({ url, init, provider, ...options }) =>
      createSignedFetch(async () => provider as AwsCredentials, options)(url as string, init as RequestInit),
    base: () => ({ url: `${emulator.url}/`, provider: given(), service: "s3", region: "us-east-1" }),
    options: ["url", "init", "provider", "service", "region", "regionSet", "pathSigning", "fetch"],
  },
  startEmulator: {
    call: async (options) => {
      const started = await startOne(options);
      await started.close();
    },
    base: () => ({ folder: createScratch("canary-emulator") }),
    options: ["host", "port", "folder", "faults"],
  },
  startCredentialServer: {
    call: async ({ provider, ...options }) => {
      const more = { provider: async () => provider as AwsCredentials, ...options } as StartCredentialServerOptions;
      await (await startCredentialServer(more)).close();
    },
    base: () => ({
      provider: { ...given(), expiration: new Date("2099-01-01") },
      roleArn: "arn:aws:iam::111122223333:role/Demo",
    }),
    options: ["provider", "roleArn", "host", "port", "token", "region", "tls"],
  },
};

const connecting = () => ({ stsEndpoint: emulator.url, region: "us-east-1", environment: {} });

/** A folder that is named by a key is made under that name, so the emulator's is not. */
const asNames: Readonly<Record<string, readonly string[]>> = { startEmulator: ["folder"] };

test.each(Object.keys(callees))(
  "no error of %s holds a secret that stands in one of its options",
  async (name) => {
    const callee = callees[name];
    if (callee === undefined) throw new Error(name);
    const { call, base, options: own } = callee;
    const search = new SecretSearch([password, ...key.secrets, secretAccessKey, sessionToken]);
    const attempt = async (changes: Options, where: string) => {
      try {
        await call({ ...base(), ...changes });
      } catch (error) {
        search.error(error, `${name}: ${where}`);
      }
    };
    await attempt({}, "options that are right");
    for (const option of own.filter((one) => asNames[name]?.includes(one) !== true)) {
      const planted: [unknown, string][] = Object.entries(key.disguises).flatMap(
        ([how, value]): [unknown, string][] => [
          [value, how],
          [[value], `in an array, ${how}`],
        ],
      );
      planted.push([{ key: key.pem, cert: key.pem }, "in an object"]);
      if (option === "headers" || option === "init") {
        for (const headers of [{ "x-a": key.pem }, { [key.pem]: "x" }, [["x-a", key.pem]], [key.pem], key.pem]) {
          planted.push([option === "init" ? { headers } : headers, "in a header"]);
        }
      }
      if (["credentials", "from", "provider"].includes(option)) {
        planted.push([{ ...given(), secretAccessKey: key.pem }, "a secret key that is a private key"]);
        planted.push([{ ...given(), accessKeyId: key.pem }, "an id that is a private key"]);
        planted.push([{ ...given(), expiration: new Date("2020-01-01") }, "expired"]);
      }
      if (/endpoint|proxy|^url$/i.test(option) && name !== "readTableExport") {
        planted.push([`http://user:${password}@127.0.0.1:1/`, "a password in a URL"]);
        planted.push([`u:${password}@h:x`, "a password in a broken URL"]);
      }
      await Promise.all(planted.map(([value, how]) => attempt({ [option]: value }, `${option}: ${how}`)));
    }
    console.log(`canary: ${name}: ${search.places} places searched`);
    expect(search.places).toBeGreaterThan(20);
    expect(search.leaks).toEqual([]);
  },
  300_000,
);

test("PEM text in base64 is taken as a key", async () => {
  const { accessKeyId } = await fromRolesAnywhere(
    libraryOptions(emulator, { privateKey: key.disguises["base64 of PEM text"] }),
  )();
  expect(accessKeyId).toMatch(/^ASIA/);
});
