import { expect, it } from "vitest";
import { withHint, withHints } from "../../../src/aws/http/with-hints.js";
import { ServiceError } from "../../../src/errors.js";

const refusal = new ServiceError("ERR_ACCESS_DENIED", "STS refused it", {
  service: "sts",
  operation: "AssumeRole",
  statusCode: 403,
  serviceCode: "AccessDenied",
  requestId: "8a1d",
  hints: ["ask the administrator"],
});
const same = { code: "ERR_ACCESS_DENIED", message: "STS refused it", statusCode: 403, requestId: "8a1d" };

it("other hints leave the rest of an error as it is", () => {
  const changed = withHints(refusal, ["check the clock"]);
  expect(changed).toMatchObject({ ...same, hints: ["check the clock"], cause: refusal });
});

it("one more hint stands in front", () => {
  expect(withHint(refusal, "check the role").hints).toEqual(["check the role", "ask the administrator"]);
  expect(withHint(refusal, undefined)).toBe(refusal);
});
