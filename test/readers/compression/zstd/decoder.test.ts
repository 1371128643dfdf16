import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { isFormatFault } from "../../../../src/readers/compression/format-fault.js";
import { decodeZstdFrame } from "../../../../src/readers/compression/zstd/decoder.js";
import { ZstdFrameScanner } from "../../../../src/readers/compression/zstd/frame.js";
import { requireTools } from "../../../support/tools.js";

async function decode(bytes: Buffer): Promise<string> {
  const frame = new ZstdFrameScanner();
  async function* input() {
    for (let at = 0; at < bytes.length && !frame.ended; at += 1000) {
      const piece = bytes.subarray(at, at + 1000);
      yield piece.subarray(0, frame.scan(piece));
    }
  }
  const pieces: Buffer[] = [];
  for await (const piece of decodeZstdFrame(input(), frame)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString("base64");
}

/** Runs Python with `zstandard` at hand. What it prints is JSON. */
function python(code: string, input: unknown): unknown {
  const options = { input: JSON.stringify(input), encoding: "utf8", maxBuffer: 2 ** 28 } as const;
  const { stdout, stderr, status } = spawnSync("python3", ["-c", code], options);
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const compress = `
import base64, json, math, random, sys, zstandard
random.seed(1)
words = [f"{random.random()}"[2:8] for _ in range(300)]
contents = [b"", b"a", b"ab" * 80000, random.randbytes(140000), random.randbytes(1000) * 300,
  "".join(f"{i},name {i * 7919},{math.sin(i)}\\n" for i in range(9000)).encode(),
  " ".join(random.choice(words) for _ in range(30000)).encode()]
contents += [" ".join(random.choice(words) for _ in range(n)).encode()[:n] for n in (5, 6, 7, 63, 255, 256, 1023, 1025)]
frames = []
for content in contents:
  for level in (-5, 1, 3, 9, 19):
    for window in (0, 10, 17):
      more = {"window_log": window} if window else {}
      parameters = zstandard.ZstdCompressionParameters.from_level(level, write_checksum=level == 3, **more)
      compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
      frames.append([compressor.compress(content) + compressor.flush(), content])
json.dump([[base64.b64encode(part).decode() for part in frame] for frame in frames], sys.stdout)
`;

const decompress = `
import base64, io, json, sys, zstandard
def read(frame):
  try:
    reader = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(base64.b64decode(frame)))
    return base64.b64encode(reader.read()).decode()
  except zstandard.ZstdError:
    return None
json.dump([read(frame) for frame in json.load(sys.stdin)], sys.stdout)
`;

const small = `
import base64, json, math, sys, zstandard
content = "".join(f"{i},name {i * 7919},{math.sin(i)}\\n" for i in range(60)).encode()
compressor = zstandard.ZstdCompressor(write_checksum=False, write_content_size=False).compressobj()
json.dump(base64.b64encode(compressor.compress(content) + compressor.flush()).decode(), sys.stdout)
`;

describe.skipIf(!requireTools("the zstd decoder against zstd's own", "zstandard"))("the zstd decoder", () => {
  it("decodes frames of every level and window as zstd does", { timeout: 60_000 }, async () => {
    for (const [frame = "", content] of python(compress, null) as string[][]) {
      expect((await decode(Buffer.from(frame, "base64"))) === content).toBe(true);
    }
  });

  it(
    "refuses a frame without a checksum in which any bit is wrong, or reads it as zstd does",
    { timeout: 60_000 },
    async () => {
      const whole = Buffer.from(python(small, null) as string, "base64");
      const accepted: { readonly frame: string; readonly found: string }[] = [];
      for (let bit = 0; bit < whole.length * 8; bit++) {
        const frame = Buffer.from(whole);
        frame.writeUInt8(frame.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        try {
          accepted.push({ frame: frame.toString("base64"), found: await decode(frame) });
        } catch (error) {
          if (!isFormatFault(error)) throw error;
        }
      }
      const expected = python(
        decompress,
        accepted.map(({ frame }) => frame),
      ) as (string | null)[];
      expect(accepted.map(({ found }, index) => found === expected[index])).toEqual(accepted.map(() => true));
    },
  );
});
