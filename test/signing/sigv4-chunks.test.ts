import { expect, it } from "vitest";
import { signChunks, signedChunksLength, signedChunksPayload } from "../../src/signing/chunks.js";
import { createHmacScheme } from "../../src/signing/hmac-scheme.js";
import { signWithHeaders } from "../../src/signing/sign-headers.js";

// The worked example of AWS's page on chunked uploads: 66560 letters in chunks of 64 KiB.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
const credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const size = 64 * 1024;
const length = 66_560;

async function signExample() {
  const scheme = createHmacScheme(credentials, "s3", "us-east-1");
  const seed = await signWithHeaders(
    {
      method: "PUT",
      target: "/examplebucket/chunkObject.txt",
      headers: [
        ["Host", "s3.amazonaws.com"],
        ["x-amz-date", "20130524T000000Z"],
        ["x-amz-storage-class", "REDUCED_REDUNDANCY"],
        ["Content-Encoding", "aws-chunked"],
        ["x-amz-decoded-content-length", String(length)],
        ["Content-Length", "66824"],
      ],
    },
    {
      scheme,
      now: new Date("2013-05-24T00:00:00Z"),
      pathSigning: "s3",
      payloadHash: signedChunksPayload,
      sendPayloadHash: true,
      tokenUnsigned: false,
    },
  );
  return { scheme, seed };
}

async function* inPieces(total: number, piece: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < total; sent += piece) yield Buffer.alloc(Math.min(piece, total - sent), "a");
}

async function frame(pieceBytes: number, total = length): Promise<Buffer> {
  const { scheme, seed } = await signExample();
  const framed: Uint8Array[] = [];
  for await (const chunk of signChunks(inPieces(total, pieceBytes), seed, scheme, size)) framed.push(chunk);
  return Buffer.concat(framed);
}

it("signs the seed of AWS's example", async () => {
  const { seed } = await signExample();
  expect(seed.signature).toBe("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
});

it("signs each chunk over the one before", async () => {
  const signatures = [
    ...(await frame(length)).toString("latin1").matchAll(/([0-9a-f]+);chunk-signature=([0-9a-f]{64})/g),
  ];
  expect(signatures.map(([, chunkSize, signature]) => [chunkSize, signature])).toEqual([
    ["10000", "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"],
    ["400", "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"],
    ["0", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"],
  ]);
});

it("knows the framed length beforehand", async () => {
  expect(signedChunksLength(length, size)).toBe(66_824);
  for (const total of [0, 1, size - 1, size, size + 1, 3 * size]) {
    expect((await frame(10_007, total)).length).toBe(signedChunksLength(total, size));
  }
});

it("frames the same however the body arrives", async () => {
  const whole = await frame(length);
  for (const piece of [1021, size, size + 1]) expect(whole.equals(await frame(piece))).toBe(true);
});
