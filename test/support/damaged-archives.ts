import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { gzipSync } from "node:zlib";
import { createRandom, mutate } from "../fuzz/mutate.js";
import { RolesAnywhereError } from "../../src/errors.js";
import { tellKind } from "../../src/readers/archive/open.js";
import { membersIn, openInMemory, spansInMemory } from "./archive-in-memory.js";
import { createScratch } from "./scratch.js";
import { requireTools } from "./tools.js";
import { writeZip } from "./zip-writer.js";

const text = `id,name,value\n${Array.from({ length: 300 }, (_, row) => `${row},name ${row * 7919},${Math.sin(row)}\n`).join("")}`;

/** Frames of libzstd, the first with a checksum, the second with neither checksum nor length. */
const zstdFrames = [
  "KLUv/WTxCA0jAApRQAoXoKfSBgCIFbMvwZYHAMbu7s0tifS/TsGnAJoAmwAUJfhpmSkuea59KEjG7g3RvRg+ZNnEm7Lhio51WQ5eh27mSsY569PGWpdzVauZ6pEHX/TM30zPG5DGqLZ7qHM0TmnsXNMH87Twyuma3ebek3wXx+NmsIMb0sGRYqxvMlBunSKMk3yJfmFi1LssSmpaWRUXc+0MQAEAfZBkry6BgQIHBwUDSjHyImFBgIJOWNx0OoKEBgMEBg1hcOCgAEENBhQQaAABARYnxirdWZjg35edqUVncUF0zWhBYuuRxQg5i5cWlpDXLIsgadZwi5RQVU8FCtE7gSpO0FTCCpMK05tVlDxbr7GsvYKkCnvhKkZCXRGvwnK3pmFFEHs1VFak3F9TPlBCUcf4OKmaUvphMub+5lHia9Ura/Qf9lzHK2bNw/JwzbNHEBprsAuPlL/qY1KgnL0ziRQnk1Q6CpM09RjTEJJqTBuLGSdmKz3DhOb9TEbJ0LRCxoVeQ8ogIcKePWMEb8VXhqXszbGMIMdp8GWkVHCdh4FSITuHga5UiWFyVT1hlBhSy8a4nKeWxiAJ1bvBGBnDYhGGJdOadIwgSNUwFTBS8qgOeYEyMx20i5Ozkp0T+4uS8GtNXlyc1QuS/z28GMmcovnCYuXm5yJIuYHoIoUKa1ugmK+TD5Fy4WrK2+/gnc/rzw/VqrmJMmTP/8eK+ZuaVw/HuvpHRiSHKYWk4OwxKclaRuGodpPDlLEYiKaqiUTOabjTUF01Lhv7/unzxpetw/FcrT6/92g8UzSlZ+YacIyvjWyfzm+XpqquD+ZPtdBcOTU7o/WODoPFSTur6aMGu1yfs1MTHK5EFIzv/eB7sNWuQlkgK9IFetMYKIDuqGEwSgiTjAS36zEHYCIREVR3EGBtkgc6GcJ2DxxGWPZEPERQW9rw5Q2hrr1ChF3smoz4U/PN2e4f4RXNBsDVrFwMdOYlhfZxNVJg42y+rfG273boP16bMDiqjUET6CsAzSP1jd1uvTQjV8ZSz1Ywrqa9xx+pdhaWlcOqAYF7VQ/WvM2KBXp6ylxHz2ZUe2Co+9InXmlgiGZNj4RoMuJ1j1Yz9rTKNl5Nm/xMA0rhfdDwD+9ZUmpUApBosehJYk/QkNBrmoroyMkyTZDPU6HpaqijO5R0/PEh5gDic8/BKEXYOchnYqMjZhmIn+BOyvgkuSSXiuXxx3KKeCwm9fjtRTop5qqW/37IaRL0o1fdWHEYguGm3LcfRJzf0vl8RL9UPdenToRuekJw/1ifVXlfwNapixefI/VknAkdpVLEUrV7S0xxERq5F3nQHYtEM8Mz8u3oG1Vv5vyHUAN5GCqDdUAW4pm+PwnwcmFE3w4RJUMCiz4dqw+bhBsxeDV1G2G8UhWg3FSmU5pziX5LoVcBJNtK/EglWjTL5NZV35KyPMdZ9dvAqJpQt8iUEYOEvdfzgM1+JM/VeRwmZzEH4DcNqybGra9G9YKVBlMN5Ela+Q==",
  "KLUv/QAQlSMAGlXAChegp9IGAIgVsy/BlgcAxu7uzS2J9L9Owa8AogCkAEdhkqYeKUrw0zJTXPJc+1CQjN0bonsxfMiyiTdlwxUd67IcvA7dzJWMc9Yn2ljrcq5qNVM98uCLnpm/meN5A9IY1XYPdV5onNLYuaYPZ54WXjldM7zNvSf5Lo7HzWAHN6SDI8VY32Sg3DpFGCf5Ev3CxKh3WZTUtLIqLubaGYACAPogyV5dAgMFDg4KBpRi5EXCggAFnbC46XQECQ0GCAwawuDAQQGCGgwoINAAAgKFtW+BYr5O3uLEWKWrszDBvy87U4vO4oLomvEWJLZeIlmMkLN4aWEJec2yCJJmDbdFSqiqZypQiN4JVHGCphJWmFSY3m4VJc/WayxrY68gqcJeuIqRUFfEq7DcrWlYEcReDZUVKffXlA+UUNSxHydVU0o/TMbc3zxKfK2iemWNPoc91/GKWfOwPFzz7BGExhrswiPlr/qYFChn70wixckklQJ2FVwWTFakC6Y3jYGmISTVmBkoNnYs48RspWeY0LyfySgZmlbIuNBrSBkkRNizZ4zgrfjKsJS9OeaMIMdp8GWkVHCdh4FSITuHga5UiWFyVT0ZRokhtWyMy3lqaQySUL0bjJExLBZhWDKtSccIglQNUxgpeVQHu0CZmQ4aXpycleyc2F+UhF9r8uLirNoFyf8eXoxkTtF8YbFy83MRpNxAdJFCAZFy4WrKO1CC3zHe+bz+/FCtmpsoQ/b8f6yYv6l5dVuDWTjW1T8yIpLDlEJScPaYlGQto3BUu4nClLEYiKaqiUTOabjTUF01Lhv7HCb/9HnjKAmXrcPxXK3y43uPxjND6Zm5Bhzja6O0fTq/XZqquj6YP9VCc+XU7OwgQesdHQaLk3ZYLqvpo4a0y/U52NmpCQ5XIgrG937wPTguaQ2A5qhRLEsEijKB2LbHHGAikZkzOxB4TJIHOkWIhcImJwBD5LW9DZu9RVFXHBBBr3fNIfsBY3N2+9fwQlxNHNELzMRLCRrAVTrk4OgsvDHEfTdAPuMJtoJRAwwag/4O6Ca3GzCjZPCnbVx/S9tsBXr18r6vkbJkPYdgvBqGyYhQfWXP07fSNzPyxkevVosuI9ZQ/tIfpEcNUU1NExLRDLJjjFjb0WIubmogADTlPQx/eS+JYkOCx2iTZJ4uSLQ0/YpM5ewzXVJYJxVUrjupEv74myAF8XCE54TMuew+4aII/fTYKQx85l0KlwL3bAxgMikUSUxzxpsA654qrGL4fx45KfstnTJ4L1Y8DAloE+wHYeI75tPQOC/rU24VpriaU/RU4R6PpR0h4FuD3COTwmBaruS7QVgdtoQRCRqRFD3oLUTmW5RKyu00RuOnxIFaawSS31EwwfFYCDFOn3yRvB9+tx8i5JA4EdNvPc4kMEKAB5PAqDiHSodqUAksC6NrkV6qv4yRCiuBEalg9jvs7HLQAljit1MBGxEKQqw7UWtAQE8k96zb2A/aoztwbRAsC8CMa5ZMA+ev9HphpdVUAw==",
].map((frame) => Buffer.from(frame, "base64"));

const zip = (more: { dataDescriptor?: boolean; zip64?: boolean; method?: "stored" | "deflate" }) =>
  writeZip([
    { name: "a.csv", data: text, ...more },
    { name: "folder/b.csv", data: text.slice(0, 3000), ...more },
  ]);

const zstandard = requireTools("damaged zstd against Python's reader", "zstandard");

const seeds: readonly Buffer[] = [
  gzipSync(text),
  Buffer.concat([gzipSync(text), Buffer.alloc(5), gzipSync(text.slice(0, 2000))]),
  ...zstdFrames,
  Buffer.concat([...zstdFrames, ...zstdFrames]),
  zip({}),
  zip({ dataDescriptor: true }),
  zip({ zip64: true }),
  zip({ method: "stored" }),
];

export interface DamageReport {
  readonly tried: number;
  readonly refused: number;
  /** How many of those read as before: the damage is in a name, a date or padding. Python must also read them. */
  readonly unharmed: number;
  /** Read as Python reads them. */
  readonly equal: number;
  /** Read to an end that Python's readers do not reach. */
  readonly wrong: readonly string[];
  /** Refused by something other than an error for users. */
  readonly faults: readonly string[];
}

/** Reads damaged archives, and compares those that seemed intact with Python's readers. */
export async function readDamaged(count: number, seed: number): Promise<DamageReport> {
  // A refusal proves damage only if the intact archive can be read.
  for (const whole of seeds) await digestMembers(whole);
  const random = createRandom(seed);
  const folder = createScratch("damaged");
  mkdirSync(folder, { recursive: true });
  const accepted: { readonly file: string; readonly digests: readonly string[] }[] = [];
  const faults: string[] = [];
  let [tried, refused, unharmed] = [0, 0, 0];
  while (tried < count) {
    const original = seeds[random(seeds.length)] ?? Buffer.alloc(0);
    const other = seeds[random(seeds.length)] ?? Buffer.alloc(0);
    const bytes = mutate(original, random, other);
    // Bytes that do not start like an archive are text and read as such.
    if (bytes.equals(original) || tellKind(bytes) === "plain") continue;
    tried++;
    try {
      const digests = await digestMembers(bytes);
      const file = join(folder, String(tried));
      writeFileSync(file, bytes);
      if (tellKind(bytes) !== "zstd" || zstandard) accepted.push({ file, digests });
      if (isDeepStrictEqual(digests, await digestMembers(original))) unharmed++;
    } catch (error) {
      refused++;
      if (!(error instanceof RolesAnywhereError)) faults.push(`input ${tried} of seed ${seed}: ${String(error)}`);
    }
  }
  const wrong = compareWithPython(accepted);
  return { tried, refused, unharmed, equal: accepted.length - wrong.length, wrong, faults };
}

async function digestMembers(bytes: Buffer): Promise<readonly string[]> {
  const archive = await openInMemory(bytes);
  const digests: string[] = [];
  for (const member of membersIn(archive)) {
    const hash = createHash("sha256");
    for await (const piece of member.read(spansInMemory(member, bytes))) hash.update(piece);
    digests.push(hash.digest("hex"));
  }
  return digests;
}

const oracle = `
import gzip, hashlib, io, json, sys, zipfile

def read(data):
    if data[:2] == b"\\x1f\\x8b":
        return [gzip.decompress(data)]
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [archive.read(info) for info in archive.infolist() if not info.filename.endswith("/")]
    import zstandard
    return [zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True).read()]

for case in json.load(sys.stdin):
    try:
        contents = read(open(case["file"], "rb").read())
        found = [hashlib.sha256(content).hexdigest() for content in contents]
        problem = None if found == case["digests"] else "other bytes"
    except Exception as error:
        problem = repr(error)
    if problem:
        print(case["file"], problem)
`;

function compareWithPython(cases: readonly { readonly file: string }[]): readonly string[] {
  const options = { input: JSON.stringify(cases), encoding: "utf8", maxBuffer: 2 ** 28 } as const;
  const { stdout, stderr, status } = spawnSync("python3", ["-c", oracle], options);
  if (status !== 0) throw new Error(`python3: ${stderr}`);
  return stdout.split("\n").filter((line) => line !== "");
}
