import { describe, expect, it } from "vitest";
import { resolvePassword } from "../../src/identity/password.js";
import type { IdentityContext } from "../../src/identity/source.js";

const context: IdentityContext = {
  homeDirectory: undefined,
  variables: {},
  platform: "linux",
  prompt: undefined,
  debug: () => undefined,
  now: () => new Date(0),
};
const sources = {
  given: undefined,
  file: undefined,
  missing: "the key needs a password and none is given",
  hint: "give it",
};

describe("a password that nothing gives", () => {
  it("is asked for once in the life of a process", async () => {
    const questions: string[] = [];
    const asking = {
      ...context,
      prompt: async (question: string) => {
        questions.push(question);
        return "secret";
      },
    };
    const ask = () => resolvePassword({ ...sources, question: "Password of this test: " }, asking);
    expect([await ask(), await ask()]).toEqual(["secret", "secret"]);
    expect(questions).toEqual(["Password of this test: "]);
  });

  it("is an error without a terminal", async () => {
    await expect(resolvePassword({ ...sources, question: "?" }, context)).rejects.toMatchObject({
      code: "ERR_PASSWORD",
      message: "the key needs a password and none is given",
      hints: ["give it", "there is no terminal to ask on"],
    });
  });
});
