import { join } from "node:path";
import { expect, test } from "vitest";
import { NetworkError, ServiceError } from "../../../src/errors.js";
import { inOptionWords } from "../../../src/library/option-words.js";
import { message, orSet, setting } from "../../../src/message.js";
import { readFailureNote, writeFailureNote } from "../../../src/vending/cache/failure-note.js";
import { createScratch } from "../../support/scratch.js";

const path = join(createScratch(), "note");
const text = message`give ${setting("region", "us-east-1")}${orSet("region")} for "${"/tmp/a --region b"}"`;

test("a noted failure is told by the names of whoever reads it", () => {
  const details = { service: "sts", operation: "AssumeRole", statusCode: 403, serviceCode: "AccessDenied" };
  for (const error of [
    new NetworkError("ERR_TIMEOUT", text, { hints: [text, "plain"] }),
    new ServiceError("ERR_ACCESS_DENIED", text, { ...details, hints: [text, "plain"] }),
  ]) {
    writeFailureNote(path, "t", error);
    const read = readFailureNote(path)?.error;
    const shown = 'give --region us-east-1, or set ROLESANYWHERE_TS_REGION for "/tmp/a --region b"';
    expect(read).toMatchObject({ code: error.code, message: shown, hints: [shown, "plain"] });
    const own = 'give region: "us-east-1" for "/tmp/a --region b"';
    expect(inOptionWords(read)).toMatchObject({ message: own, hints: [own, "plain"] });
  }
});
