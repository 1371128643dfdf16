import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { parseEndpoint } from "../../../src/aws/endpoint.js";
import { fallbackRegion } from "../../../src/aws/region.js";
import { UncertainOutputError } from "../../../src/readers/output/uncertain-output.js";
import { partSize } from "../../../src/readers/s3/part-sizes.js";
import { createUploadStore } from "../../../src/readers/s3/sdk-upload-store.js";
import { openUpload } from "../../../src/readers/s3/upload.js";
import { startS3Server, staticKey } from "../../support/s3-server.js";
import type { S3Fault, S3Request, S3Server, S3ServerOptions } from "../../support/s3-server.js";

const servers: S3Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
});

async function serve(fault: S3ServerOptions["fault"], options: S3ServerOptions = {}) {
  const server = await startS3Server({ ...options, ...(fault === undefined ? {} : { fault }) });
  servers.push(server);
  return server;
}

const mebibyte = 1024 ** 2;
const small = randomBytes(1_000);
const large = randomBytes(20 * mebibyte);

function open(
  server: S3Server,
  credentials = async (): Promise<object> => staticKey,
  interruption = new AbortController(),
) {
  const tally = { requests: 0, retries: 0 };
  const notes: string[] = [];
  const target = { bucket: "b", key: "out/x y+ü.csv", contentType: "text/csv" };
  const output = openUpload(target, {
    openStore: async () =>
      createUploadStore({
        credentials: credentials as () => Promise<typeof staticKey>,
        region: fallbackRegion,
        endpoint: parseEndpoint(server.url, "test"),
        requesterPays: false,
        verifySsl: true,
        caBundle: undefined,
        variables: {},
        timeoutMs: 2_000,
      }),
    random: () => 0,
    tally,
    signal: interruption.signal,
    onLeftover: (note) => void notes.push(String(note)),
  });
  const stored = () => server.objects.get("b/out/x y+ü.csv");
  return { output, tally, notes, stored, interruption };
}

async function writeAll({ output }: ReturnType<typeof open>, bytes: Uint8Array, piece = 300_000): Promise<void> {
  try {
    for (let at = 0; at < bytes.length; at += piece) await output.write(bytes.subarray(at, at + piece));
    await output.commit();
  } finally {
    await output.abort();
  }
}

const operations = ({ requests }: S3Server) => requests.map(({ operation }) => operation);
const once = (operation: S3Request["operation"], fault: S3Fault) => {
  let left = 1;
  return (request: S3Request) => (request.operation === operation && left-- > 0 ? fault : undefined);
};

describe("an upload", () => {
  it("is one request when it is small, and also when it is empty", async () => {
    for (const bytes of [small, Buffer.alloc(0)]) {
      const server = await serve(undefined);
      const upload = open(server);
      await writeAll(upload, bytes);
      expect(operations(server)).toEqual(["PutObject"]);
      expect(upload.stored()).toMatchObject({ contentType: "text/csv" });
      expect(bytes.equals(upload.stored()?.bytes ?? Buffer.of(1))).toBe(true);
    }
  });

  it("is sent in parts with checksums, several at once, when it is larger", async () => {
    const server = await serve(undefined);
    const upload = open(server);
    await writeAll(upload, large);
    expect(operations(server)).toEqual([
      "CreateMultipartUpload",
      ...Array.from({ length: 4 }, () => "UploadPart"),
      "CompleteMultipartUpload",
    ]);
    expect(upload.stored()?.crc32).toMatch(/^[A-Za-z0-9+/]{6}==$/);
    expect(large.equals(upload.stored()?.bytes ?? Buffer.of())).toBe(true);
    expect(server.uploads.size).toBe(0);
  });

  it("of exactly one part, and of exactly two, is whole", async () => {
    for (const parts of [1, 2]) {
      const server = await serve(undefined);
      const upload = open(server);
      const bytes = large.subarray(0, parts * partSize(1));
      await writeAll(upload, bytes, partSize(1));
      expect(bytes.equals(upload.stored()?.bytes ?? Buffer.of())).toBe(true);
    }
  });

  it("appears at the end, in place of the object before", async () => {
    const server = await serve(undefined);
    server.put("b", "out/x y+ü.csv", "old");
    const upload = open(server);
    await upload.output.write(large);
    expect(upload.stored()?.bytes.toString()).toBe("old");
    await upload.output.commit();
    expect(large.equals(upload.stored()?.bytes ?? Buffer.of())).toBe(true);
  });

  it.each([
    ["small", small],
    ["large", large],
  ] as const)("of %s size survives requests to slow down, resets and errors of the service", async (_, bytes) => {
    const counts = new Map<string, number>();
    const faults: readonly (S3Fault | undefined)[] = [
      { kind: "status", status: 503, code: "SlowDown" },
      { kind: "lost" },
      { kind: "status", status: 500, code: "InternalError" },
      { kind: "status", status: 400, code: "BadDigest" },
      undefined,
    ];
    const server = await serve(({ operation, partNumber = "" }) => {
      const count = counts.get(operation + partNumber) ?? 0;
      counts.set(operation + partNumber, count + 1);
      // The answer to HEAD has no body, and so no code.
      return operation === "HeadObject" ? undefined : faults[count % faults.length];
    });
    const upload = open(server);
    await writeAll(upload, bytes);
    expect(bytes.equals(upload.stored()?.bytes ?? Buffer.of())).toBe(true);
    expect(upload.tally.retries).toBeGreaterThan(2);
  });

  it("is complete when only the answer to its end was lost, whether the next one says so or not", async () => {
    const server = await serve(once("CompleteMultipartUpload", { kind: "lost" }));
    const upload = open(server);
    await writeAll(upload, large);
    // The second CompleteMultipartUpload finds no upload; the object tells.
    expect(operations(server).slice(-4)).toEqual([
      "CompleteMultipartUpload",
      "CompleteMultipartUpload",
      "AbortMultipartUpload",
      "HeadObject",
    ]);
    expect(large.equals(upload.stored()?.bytes ?? Buffer.of())).toBe(true);
  });

  it("that ends in an error within a success is not taken for complete", async () => {
    const server = await serve(({ operation }) =>
      operation === "CompleteMultipartUpload" ? { kind: "status", status: 500, code: "InternalError" } : undefined,
    );
    const failing = open(server);
    await expect(writeAll(failing, large)).rejects.toMatchObject({ code: "ERR_SERVICE" });
    expect(failing.stored()).toBeUndefined();
    expect(server.uploads.size).toBe(0);
  });

  it("asks again when the error comes with status 200", async () => {
    let left = 2;
    const server = await serve(({ operation }) =>
      operation === "CompleteMultipartUpload" && left-- > 0 ? { kind: "late-error", code: "InternalError" } : undefined,
    );
    const upload = open(server);
    await writeAll(upload, large);
    expect(large.equals(upload.stored()?.bytes ?? Buffer.of())).toBe(true);
  });

  it("is refused and removed when S3 has another part than the one that was sent", async () => {
    const server = await serve(once("UploadPart", { kind: "etag", etag: '"00000000000000000000000000000000"' }));
    const upload = open(server);
    await expect(writeAll(upload, large)).rejects.toMatchObject({
      message: expect.stringContaining("cannot write s3://b/out/x y+ü.csv: S3 does not have a part as it was sent"),
    });
    expect(upload.stored()).toBeUndefined();
    expect(server.uploads.size).toBe(0);
  });

  it("is removed when permission is withdrawn half-way", async () => {
    const server = await serve(({ operation, number }) =>
      operation === "UploadPart" && number > 3 ? { kind: "status", status: 403, code: "AccessDenied" } : undefined,
    );
    const upload = open(server);
    await expect(writeAll(upload, large)).rejects.toMatchObject({
      code: "ERR_ACCESS_DENIED",
      hints: [expect.stringContaining("s3:PutObject on the key"), expect.stringContaining("kms:GenerateDataKey")],
    });
    expect(server.uploads.size).toBe(0);
  });

  it("tells how to remove parts that may not be removed", async () => {
    const server = await serve(({ operation }) =>
      operation === "UploadPart" || operation === "AbortMultipartUpload"
        ? { kind: "status", status: 403, code: "AccessDenied" }
        : undefined,
    );
    const upload = open(server);
    await expect(writeAll(upload, large)).rejects.toMatchObject({ code: "ERR_ACCESS_DENIED" });
    expect(upload.notes).toEqual([
      expect.stringMatching(
        /aws s3api abort-multipart-upload --bucket 'b' --key 'out\/x y\+ü\.csv' --upload-id 'upload-\d+'$/,
      ),
    ]);
  });

  it("says so when nobody can tell whether it is complete", async () => {
    let completed = false;
    const server = await serve(({ operation }): S3Fault | undefined => {
      if (operation !== "CompleteMultipartUpload") {
        return completed ? { kind: "status", status: 403, code: "AccessDenied" } : undefined;
      }
      completed = true;
      return { kind: "lost" };
    });
    await expect(writeAll(open(server), large)).rejects.toThrow(UncertainOutputError);
  });

  it("renews credentials that end in mid-upload", async () => {
    let issued = 0;
    let expired = 0;
    let requests = 0;
    const server = await serve(undefined, {
      secretOf: (_, token) => {
        requests++;
        if (requests === 3 || requests === 6) expired = issued;
        return Number(token?.split("-")[1]) > expired ? { secret: "secret" } : { refusal: "ExpiredToken" };
      },
    });
    const upload = open(server, async () => {
      issued++;
      const expiration = new Date(Date.now() + 30_000);
      return { accessKeyId: "AKID", secretAccessKey: "secret", sessionToken: `token-${issued}`, expiration };
    });
    await writeAll(upload, large);
    expect(large.equals(upload.stored()?.bytes ?? Buffer.of())).toBe(true);
    expect(upload.tally.retries).toBeGreaterThan(0);
  });

  it("that is interrupted leaves no parts and the object before", async () => {
    const server = await serve(undefined);
    server.put("b", "out/x y+ü.csv", "old");
    const upload = open(server);
    await upload.output.write(large);
    upload.interruption.abort();
    await expect(upload.output.write(large)).rejects.toThrow("abort");
    await upload.output.abort();
    expect(server.uploads.size).toBe(0);
    expect(upload.stored()?.bytes.toString()).toBe("old");
  });

  it("that is given up before its first request asks for nothing", async () => {
    const server = await serve(undefined);
    const upload = open(server);
    await upload.output.write(small);
    await upload.output.abort();
    await delay(10);
    expect(server.requests).toEqual([]);
  });
});

it("10,000 parts hold more than 5 TiB, and the first 22 GB go in the smallest parts", () => {
  const sizes = Array.from({ length: 10_000 }, (_, index) => partSize(index + 1));
  let [total, inMemory] = [0, 0];
  for (const size of sizes) {
    total += size;
    if (total < 22e9) inMemory = Math.max(inMemory, size);
  }
  expect(inMemory).toBe(5 * mebibyte);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(5 * mebibyte);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(5 * 1024 * mebibyte);
  expect(total).toBeGreaterThan(5 * 1024 ** 4);
});
