import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { IdentityError, UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { Pkcs11Api, Pkcs11Binding } from "./binding.js";

/** A loaded and initialised PKCS#11 library. */
export interface Pkcs11Module {
  readonly api: Pkcs11Api;
  readonly library: string;
  /** Finalises the library after its last user. */
  close(): void;
}

/** Return values (PKCS#11 2.40, section 6) with their own handling. */
export const returnValues = {
  pinIncorrect: 0xa0,
  pinInvalid: 0xa1,
  pinLenRange: 0xa2,
  pinLocked: 0xa4,
  userAlreadyLoggedIn: 0x100,
  cryptokiAlreadyInitialized: 0x191,
} as const;

const installed = "2.1.7";

interface OpenLibrary {
  readonly api: Pkcs11Api;
  users: number;
}

/** A library is initialised once per process (PKCS#11 2.40, section 5.4), however many identities use it. */
const open = new Map<string, OpenLibrary>();

/** The proxy of p11-kit, which offers every token of the system; the dynamic loader finds it. */
export function defaultLibrary(platform: NodeJS.Platform): string {
  const suffixes: Partial<Record<NodeJS.Platform, string>> = { darwin: "dylib", win32: "dll" };
  return `p11-kit-proxy.${suffixes[platform] ?? "so"}`;
}

/**
 * @throws UsageError `ERR_NOT_AVAILABLE` if the native module is not installed; IdentityError `ERR_KEY` if the library does
 * not load
 */
export function openPkcs11Module(library: string): Pkcs11Module {
  const known = open.get(library) ?? initialise(library);
  known.users++;
  open.set(library, known);
  return {
    api: known.api,
    library,
    close: () => {
      known.users--;
      if (known.users > 0) return;
      open.delete(library);
      known.api.C_Finalize();
    },
  };
}

function initialise(library: string): OpenLibrary {
  const api = new (loadBinding().PKCS11)();
  try {
    api.load(library);
  } catch (error) {
    throw new IdentityError("ERR_KEY", `failed to load provider library ${library}: ${firstLine(error)}`, {
      hints: [
        message`name the token's PKCS#11 library with ${setting("pkcs11-lib")}, such as /usr/lib/softhsm/libsofthsm2.so`,
      ],
    });
  }
  try {
    api.C_Initialize();
  } catch (error) {
    if (returnValueOf(error) !== returnValues.cryptokiAlreadyInitialized) throw unexpectedAnswer(error, "C_Initialize");
  }
  return { api, users: 0 };
}

/** The native module from this package's own dependencies, or from a folder `pkcs11js` beside the executable. */
function loadBinding(): Pkcs11Binding {
  const here = fileURLToPath(import.meta.url);
  const require = createRequire(here);
  for (const specifier of ["pkcs11js", "./pkcs11js"]) {
    try {
      return require(specifier) as Pkcs11Binding;
    } catch {
      continue;
    }
  }
  throw new UsageError("ERR_NOT_AVAILABLE", "PKCS#11 needs the native module pkcs11js, which is not installed here", {
    hints: [
      `install it beside the executable: npm install --prefix "${dirname(here)}" pkcs11js@${installed}`,
      "it is compiled at installation, which needs Python, make and a C++ compiler",
    ],
  });
}

/** The CKR_… number of an error of the binding. */
export function returnValueOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown }).code;
  return typeof code === "number" ? code : undefined;
}

/** An answer that no step expects, by its PKCS#11 name. */
export function unexpectedAnswer(error: unknown, step: string): IdentityError {
  return new IdentityError("ERR_KEY", `the PKCS#11 library refused ${step}: ${firstLine(error)}`, {
    hints: ["check the token with: pkcs11-tool --module LIBRARY --list-slots"],
  });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}
