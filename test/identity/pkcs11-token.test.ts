import { describe, expect, it } from "vitest";
import type { Pkcs11Api } from "../../src/identity/pkcs11/binding.js";
import { namingCalls, returnValues } from "../../src/identity/pkcs11/module.js";
import { findTokens, hasPinPad, login as logIn, needsLogin } from "../../src/identity/pkcs11/token.js";
import type { LoginOptions, TokenSession } from "../../src/identity/pkcs11/token.js";

const flags = {
  initialized: 0x400,
  loginRequired: 0x4,
  protectedPath: 0x100,
  countLow: 0x10000,
  finalTry: 0x20000,
  locked: 0x40000,
};
const slot = Buffer.from([5, 0, 0, 0, 0, 0, 0, 0]);
let serial = 0;

interface Answers {
  readonly flags?: number;
  /** What C_Login throws, by its return value. */
  readonly refusal?: number;
}

/** A session with a token that answers as told; each has a serial number of its own. */
function sessionOf({ flags: now = 0, refusal }: Answers) {
  const logins: (readonly [userType: number, pin: string | undefined])[] = [];
  const unexpected = (name: string) => (): never => {
    throw new Error(`${name} is not expected here`);
  };
  const info = {
    label: "card  ",
    manufacturerID: "maker ",
    model: "m ",
    serialNumber: `s${++serial} `,
    flags: flags.initialized | now,
  };
  const partial: Partial<Pkcs11Api> = {
    C_GetInfo: () => ({ libraryVersion: { major: 2, minor: 40 }, manufacturerID: "lib ", libraryDescription: "d " }),
    C_GetSlotList: () => [slot],
    C_GetSlotInfo: () => ({ slotDescription: "reader ", manufacturerID: "rm " }),
    C_GetTokenInfo: () => info,
    C_Login: (_, userType, pin) => {
      logins.push([userType, pin]);
      if (refusal !== undefined) throw Object.assign(new Error("CKR"), { code: refusal });
    },
  };
  const api = namingCalls(
    new Proxy(partial, {
      get: (target, name) => Reflect.get(target, name) ?? unexpected(String(name)),
    }) as Pkcs11Api,
  );
  const module = { api, library: "lib.so", close: () => undefined };
  const session: TokenSession = {
    module,
    token: { slot, uri: { token: "card", serial: info.serialNumber.trim() }, flags: info.flags },
    handle: Buffer.alloc(8),
  };
  return { session, logins, module };
}

/** What this run has seen refused. */
const refused = new Set<string>();
const login = (session: TokenSession, pin: string | undefined, who?: LoginOptions["who"]) =>
  logIn(session, pin, { refused, ...(who === undefined ? {} : { who }) });

describe("a login", () => {
  it("offers the PIN once, as the user or for one signature", () => {
    const { session, logins } = sessionOf({});
    login(session, "1234");
    login(session, "1234", "contextSpecific");
    login(session, undefined);
    expect(logins).toEqual([
      [1, "1234"],
      [2, "1234"],
      [1, undefined],
    ]);
  });

  it("does not use up the last try before the token locks", () => {
    for (const more of [0, flags.countLow]) {
      const { session, logins } = sessionOf({ flags: flags.finalTry | more });
      expect(() => login(session, "1234")).toThrow(expect.objectContaining({ code: "ERR_PASSWORD" }) as Error);
      expect(() => login(session, "1234")).toThrow(/one try left/);
      expect(logins).toEqual([]);
    }
  });

  it("is made while the count is low but not at its end", () => {
    const { session, logins } = sessionOf({ flags: flags.countLow });
    login(session, "1234");
    expect(logins).toHaveLength(1);
  });

  it("is not tried on a token that is locked", () => {
    const { session, logins } = sessionOf({ flags: flags.locked | flags.finalTry });
    expect(() => login(session, "1234")).toThrow(/locked/);
    expect(logins).toEqual([]);
    expect(() => login(sessionOf({ refusal: returnValues.pinLocked }).session, "1234")).toThrow(/locked/);
  });

  it.each([returnValues.pinIncorrect, returnValues.pinInvalid, returnValues.pinLenRange])(
    "whose PIN was refused with 0x%s offers it no second time",
    (refusal) => {
      const { session, logins } = sessionOf({ refusal });
      for (let count = 0; count < 2; count++)
        expect(() => login(session, "wrong")).toThrow(expect.objectContaining({ code: "ERR_PASSWORD" }) as Error);
      expect(logins).toHaveLength(1);
      expect(() => login(session, "other")).toThrow(/wrong/);
      expect(logins).toHaveLength(2);
    },
  );

  it("goes on when somebody is logged in, and names an answer that it does not know", () => {
    login(sessionOf({ refusal: returnValues.userAlreadyLoggedIn }).session, "1234");
    const { session, logins } = sessionOf({ refusal: 5 });
    for (let count = 0; count < 2; count++) expect(() => login(session, "1234")).toThrow(/C_Login/);
    expect(logins).toHaveLength(2);
  });
});

describe("a call that fails", () => {
  const failing = () => {
    throw Object.assign(new Error("CKR_GENERAL_ERROR"), { code: 5 });
  };
  const names = [
    "C_GetInfo",
    "C_GetSlotList",
    "C_GetTokenInfo",
    "C_OpenSession",
    "C_FindObjectsInit",
    "C_GetMechanismList",
    "C_SignInit",
    "C_Sign",
  ] as const;

  it.each(names)("is named: %s", (name) => {
    const api = namingCalls({ [name]: failing } as unknown as Pkcs11Api);
    const call = api[name] as () => unknown;
    expect(() => call()).toThrow(
      expect.objectContaining({
        code: "ERR_KEY",
        message: `the PKCS#11 library refused ${name}: CKR_GENERAL_ERROR`,
      }) as Error,
    );
  });

  it("is passed on as it is when the library has no part in it", () => {
    const api = namingCalls({
      C_GetInfo: () => {
        throw new TypeError("of our own");
      },
    } as unknown as Pkcs11Api);
    expect(() => api.C_GetInfo()).toThrow(TypeError);
  });
});

describe("a token", () => {
  it("says whether it needs a login and whether the PIN is typed at the device", () => {
    const asks = (now: number) => {
      const { session } = sessionOf({ flags: now });
      return [needsLogin(session), hasPinPad(session)];
    };
    expect([0, flags.loginRequired, flags.protectedPath, flags.loginRequired | flags.protectedPath].map(asks)).toEqual([
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ]);
  });

  it.each([
    [{}, 1],
    [{ token: "card" }, 1],
    [{ token: "other" }, 0],
    [{ manufacturer: "maker", model: "m" }, 1],
    [{ manufacturer: "maker", model: "other" }, 0],
    [{ slotDescription: "reader", slotManufacturer: "rm", slotId: 5n }, 1],
    [{ slotId: 6n }, 0],
    [{ libraryManufacturer: "lib", libraryDescription: "d" }, 1],
    [{ libraryManufacturer: "other" }, 0],
    [{ libraryDescription: "other" }, 0],
    [{ libraryVersion: "2" }, 1],
    [{ libraryVersion: "2.40" }, 1],
    [{ libraryVersion: "2.4" }, 0],
    [{ libraryVersion: "3" }, 0],
  ])("fits the URI %o: %i", (uri, count) => {
    expect(findTokens(sessionOf({}).module, uri)).toHaveLength(count);
  });

  it("that was never set up is left out", () => {
    const { module } = sessionOf({});
    const bare = { ...module.api.C_GetTokenInfo(slot), flags: 0 };
    const api = new Proxy(module.api, {
      get: (target, name) => (name === "C_GetTokenInfo" ? () => bare : Reflect.get(target, name)),
    });
    expect(findTokens({ ...module, api }, {})).toEqual([]);
  });
});
