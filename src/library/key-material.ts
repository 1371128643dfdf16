import { holdsPem } from "../aws/inline-value.js";
import { UsageError } from "../errors.js";
import { type MaterialSource, memorySource } from "../identity/material-source.js";
import type { IdentitySource } from "../identity/source.js";
import type { Sourced } from "../origin.js";
import type { IdentityOptions, KeyMaterial, Secret } from "./identity-options.js";

const materials = ["certificate", "privateKey", "intermediates"] as const;
const secrets = ["pkcs8Password", "pkcs12Password", "pkcs11Pin", "tpmKeyPassword"] as const;

/** Tells whether an option may be a function. */
export function isSecret(option: string): boolean {
  return (secrets as readonly string[]).includes(option);
}

type MaterialName = (typeof materials)[number];

/**
 * Returns the path or URI for settings, or a placeholder for content that the caller gives.
 *
 * @throws UsageError `ERR_SETTING` for text that is neither a path nor PEM; it is not shown, since it may be a key.
 */
export function placeholderOf(name: MaterialName, material: KeyMaterial | undefined): string | undefined {
  if (material === undefined) return undefined;
  if (typeof material === "function" || isBytes(material)) return `memory:${name}`;
  if (typeof material !== "string") {
    throw new UsageError(
      "ERR_SETTING",
      `${name} is ${describeType(material)}, expected a path, PEM text, bytes or a function`,
      { hints: ["give the path of the file, or what is in it"] },
    );
  }
  if (holdsPem(material)) return `memory:${name}`;
  if (/[\r\n]/.test(material)) {
    throw new UsageError(
      "ERR_SETTING",
      `${name} has several lines and no PEM block in them, expected a path or PEM text`,
      {
        hints: ["PEM text begins with -----BEGIN; give DER or PKCS#12 as bytes"],
      },
    );
  }
  return material;
}

/** Replaces placeholders with the caller's content. Calls the functions among the options, each refresh again. */
export async function readyIdentity(source: IdentitySource, options: IdentityOptions): Promise<IdentitySource> {
  const given: { [Name in MaterialName]?: Sourced<MaterialSource> } = {};
  for (const name of materials) {
    const placeholder = placeholderOf(name, options[name]);
    const material = options[name];
    if (material === undefined || placeholder === material || placeholder === undefined) continue;
    const origin = source[name]?.origin ?? { kind: "flag", setting: name };
    given[name] = { value: memorySource(await readMaterial(name, material)), origin };
  }
  const asked: { [Name in (typeof secrets)[number]]?: Sourced<string> } = {};
  for (const name of secrets) {
    const secret = options[name];
    if (typeof secret === "function") asked[name] = await askSecret(name, secret);
  }
  return { ...source, ...given, ...asked };
}

async function readMaterial(name: MaterialName, material: KeyMaterial): Promise<Uint8Array> {
  const given = typeof material === "function" ? await material() : material;
  if (typeof given === "string") return Buffer.from(given, "utf8");
  if (isBytes(given)) return given;
  throw new UsageError("ERR_SETTING", `what ${name} gave is ${describeType(given)}, expected PEM text or bytes`, {
    hints: [`check what the function of ${name} resolves to`],
  });
}

async function askSecret(name: string, secret: Exclude<Secret, string>): Promise<Sourced<string>> {
  const value: unknown = await secret();
  if (typeof value === "string") return { value, origin: { kind: "flag", setting: name } };
  throw new UsageError("ERR_SETTING", `what ${name} gave is ${describeType(value)}, expected a string`, {
    hints: [`check what the function of ${name} resolves to`],
  });
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

/** Describes the type of a value of the wrong type; the value itself may be secret. */
export function describeType(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  return Array.isArray(value) ? "an array" : `of type ${typeof value}`;
}
