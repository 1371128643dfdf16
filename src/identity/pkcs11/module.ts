import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { IdentityError, UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { Pkcs11Api, Pkcs11Binding } from "./binding.js";

/** Loaded and initialised PKCS#11 library. */
export interface Pkcs11Module {
  readonly api: Pkcs11Api;
  readonly library: string;
  /** Finalises the library after its last user. */
  close(): void;
}

/** Return values (PKCS#11 2.40, section 6) that are handled specially. */
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

/** Returns p11-kit's proxy, which offers every token of the system; the dynamic loader finds it. */
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
      whileClosing(() => known.api.C_Finalize());
    },
  };
}

/** Ignores refused calls: a token that was pulled out must not fail work that is already done. */
export function whileClosing(close: () => void): void {
  try {
    close();
  } catch (error) {
    if (returnValueOf(error) === undefined) throw error;
  }
}

function initialise(library: string): OpenLibrary {
  const api = namingCalls(new (loadBinding().PKCS11)());
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
    if (returnValueOf(error) !== returnValues.cryptokiAlreadyInitialized) throw error;
  }
  return { api, users: 0 };
}

/** Loads the native module from this package's dependencies, or from a folder `pkcs11js` next to the executable. */
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

/** Error for a call that the library refused; names the call and the return value. */
class RefusedCall extends IdentityError {
  readonly returnValue: number;

  constructor(call: string, returnValue: number, error: unknown) {
    super("ERR_KEY", `the PKCS#11 library refused ${call}: ${firstLine(error)}`, {
      hints: ["check the token with: pkcs11-tool --module LIBRARY --list-slots"],
    });
    this.returnValue = returnValue;
  }
}

/** Wraps the library's calls, so that their errors name the call. */
export function namingCalls(api: Pkcs11Api): Pkcs11Api {
  return new Proxy(api, {
    get(target, name) {
      const call: unknown = Reflect.get(target, name);
      if (typeof call !== "function" || !String(name).startsWith("C_"))
        return typeof call === "function" ? call.bind(target) : call;
      return (...words: readonly unknown[]): unknown => {
        try {
          return Reflect.apply(call, target, words);
        } catch (error) {
          const { code } = error as { readonly code?: unknown };
          throw typeof code === "number" ? new RefusedCall(String(name), code, error) : error;
        }
      };
    },
  });
}

/** Returns the CKR_… number of a refused call. */
export function returnValueOf(error: unknown): number | undefined {
  return error instanceof RefusedCall ? error.returnValue : undefined;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}
