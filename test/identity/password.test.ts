import { describe, expect, it } from "vitest";
import { IdentityError } from "../../src/errors.js";
import { withPassword } from "../../src/identity/password.js";
import { createRunSecrets } from "../../src/identity/run-secrets.js";
import type { IdentityContext } from "../../src/identity/source.js";

const context: IdentityContext = {
  homeDirectory: undefined,
  variables: {},
  platform: "linux",
  descriptors: new Map(),
  prompt: undefined,
  debug: () => undefined,
  now: () => new Date(0),
};
const sourcesOf = (key: string) => ({
  given: undefined,
  file: undefined,
  key,
  question: `Password of ${key}: `,
  missing: "the key needs a password and none is given",
  hint: "give it",
});

/** A run in which someone types these answers, one after the other. */
function typing(...answers: readonly string[]) {
  const questions: string[] = [];
  const left = [...answers];
  const asking: IdentityContext = {
    ...context,
    secrets: createRunSecrets(),
    prompt: async (question) => {
      questions.push(question);
      await new Promise((resolve) => setTimeout(resolve, 1));
      return left.shift() ?? "";
    },
  };
  return { questions, unlock: (key: string, right: string) => withPassword(sourcesOf(key), asking, opener(right)) };
}

function opener(right: string) {
  return (password: string) => {
    if (password !== right) throw new IdentityError("ERR_PASSWORD", "wrong password");
    return "open";
  };
}

describe("a password that nothing gives", () => {
  it("is asked for once in a run, whatever reads the key again", async () => {
    const { questions, unlock } = typing("secret");
    expect([await unlock("a", "secret"), await unlock("a", "secret")]).toEqual(["open", "open"]);
    expect(questions).toEqual(["Password of a: "]);
  });

  it("is asked for once when a key is read twice at the same time", async () => {
    const { questions, unlock } = typing("secret");
    expect(await Promise.all([unlock("a", "secret"), unlock("a", "secret")])).toEqual(["open", "open"]);
    expect(questions).toEqual(["Password of a: "]);
  });

  it("is asked for each key, one question after the other", async () => {
    const { questions, unlock } = typing("one", "two", "three");
    await Promise.all([unlock("a", "one"), unlock("b", "two"), unlock("c", "three")]);
    expect(questions).toEqual(["Password of a: ", "Password of b: ", "Password of c: "]);
  });

  it("is forgotten when it is wrong", async () => {
    const { questions, unlock } = typing("mistyped", "secret");
    await expect(unlock("a", "secret")).rejects.toMatchObject({ code: "ERR_PASSWORD" });
    expect(await unlock("a", "secret")).toBe("open");
    expect(questions).toHaveLength(2);
  });

  it("is not that of another run", async () => {
    expect(await typing("secret").unlock("a", "secret")).toBe("open");
    const later = typing("other");
    expect(await later.unlock("a", "other")).toBe("open");
    expect(later.questions).toHaveLength(1);
  });

  it("is asked for again when the question was broken off", async () => {
    let broken = true;
    const asking: IdentityContext = {
      ...context,
      secrets: createRunSecrets(),
      prompt: async () => {
        if (broken) throw new Error("broken off");
        return "secret";
      },
    };
    await expect(withPassword(sourcesOf("a"), asking, opener("secret"))).rejects.toThrow("broken off");
    broken = false;
    expect(await withPassword(sourcesOf("a"), asking, opener("secret"))).toBe("open");
  });

  it("is asked for without what a terminal would obey", async () => {
    const { questions, unlock } = typing("secret");
    await unlock("\u001b[2Ja\r\n", "secret");
    expect(questions).toEqual(["Password of \\u001b[2Ja : "]);
  });

  it("is an error without a terminal", async () => {
    await expect(withPassword(sourcesOf("a"), context, opener(""))).rejects.toMatchObject({
      code: "ERR_PASSWORD",
      message: "the key needs a password and none is given",
      hints: ["give it", "there is no terminal to ask on"],
    });
  });
});
