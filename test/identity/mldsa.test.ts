import { createHash } from "node:crypto";
import { ml_dsa44, ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js";
import { describe, expect, it } from "vitest";
import { createMldsaSigner } from "../../src/identity/mldsa/signature.js";
import { formatMldsaPublicKey, mldsaSets, type MldsaSet } from "../../src/identity/mldsa/key.js";
import { createPkcs8Signer } from "../../src/identity/pem/pkcs8-signer.js";
import { mldsaPkcs8 } from "../support/mldsa-key.js";

const implementations = { "ML-DSA-44": ml_dsa44, "ML-DSA-65": ml_dsa65, "ML-DSA-87": ml_dsa87 } as const;
const sets = Object.keys(mldsaSets) as MldsaSet[];
const seed = new Uint8Array(32).fill(7);
const message = Buffer.from("message");

describe.each(sets)("%s keys", (set) => {
  const implementation = implementations[set];

  it.each(["seed", "expanded", "both"] as const)("sign the same bytes from the %s form", async (form) => {
    const signer = await createPkcs8Signer(mldsaPkcs8(set, form, seed), "the key");
    const { publicKey, secretKey } = implementation.keygen(seed);
    expect(signer.algorithm).toBe("AWS4-X509-MLDSA");
    expect(Buffer.from(signer.publicKey!)).toEqual(Buffer.from(formatMldsaPublicKey(set, publicKey)));
    const signature = await signer.sign(message, { deterministic: true });
    expect(signature).toEqual(implementation.sign(message, secretKey, { extraEntropy: false }));
    expect(implementation.verify(await signer.sign(message), message, publicKey)).toBe(true);
  });

  it("refuse a seed beside an expanded key of another", () => {
    const other = mldsaPkcs8(set, "both", new Uint8Array(32).fill(8));
    const mixed = Buffer.from(mldsaPkcs8(set, "both", seed));
    mixed.set(other.subarray(-100), mixed.length - 100);
    expect(() => createMldsaSigner(mixed, "the key")).toThrow(
      "the key holds a seed and an expanded key that do not belong together",
    );
  });

  it("refuse a key of the wrong length", () => {
    const cut = mldsaPkcs8(set, "seed", seed);
    const short = Buffer.from(cut);
    short[short.length - 33] = 31;
    expect(() => createMldsaSigner(short, "the key")).toThrow(/^the key cannot be read: /);
  });
});

it("signs by a fixed vector, so that a change of implementation shows", async () => {
  const digests = await Promise.all(
    sets.map(async (set) => {
      const signature = await createMldsaSigner(mldsaPkcs8(set, "seed", seed), "key").sign(message, {
        deterministic: true,
      });
      return [signature.length, createHash("sha256").update(signature).digest("hex").slice(0, 16)];
    }),
  );
  expect(digests).toMatchInlineSnapshot(`
    [
      [
        2420,
        "a2b4a95b05c95221",
      ],
      [
        3309,
        "1827ea5ae3419c4a",
      ],
      [
        4627,
        "4d3ff8ed35938a5c",
      ],
    ]
  `);
});
