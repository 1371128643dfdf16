import { describe, expect, it } from "vitest";
import { message, perSurface, renderText, setting, variable } from "../../../src/message.js";
import type { Text } from "../../../src/message.js";
import { unpackText } from "../../../src/vending/cache/packed-text.js";

const library = {
  kind: "library",
  nameSetting: (name: string, example?: string | number | boolean) =>
    example === undefined ? name : `${name}: ${example}`,
  nameVariable: (name: string) => `variable ${name}`,
} as const;

describe("a text that was kept", () => {
  it.each<Text>([
    "plain",
    message`give ${setting("private-key")}, ${setting("session-duration", 900)} or ${setting("cache", true)}`,
    message`or set ${variable("role-arn")}`,
    perSurface({ commandLine: message`--${setting("a")}`, library: "an option" }),
    message`nested ${message`give ${setting("region", "us-east-1")}`}`,
  ])("reads on each surface as it did before it was kept", (text) => {
    const back = unpackText(JSON.parse(JSON.stringify(text)));
    expect(renderText(back)).toBe(renderText(text));
    expect(renderText(back, library)).toBe(renderText(text, library));
  });

  it.each([1, null, {}, { parts: "x" }, { parts: [1] }, { parts: [{ commandLine: "x" }] }])(
    "that is %j is none",
    (packed) => {
      expect(() => unpackText(packed)).toThrow(TypeError);
    },
  );
});
