import { describe, expect, it } from "vitest";
import {
  isThrottling,
  isTransient,
  nonEmptyText,
  parseMembers,
  parseServiceFault,
} from "../../../src/aws/http/service-fault.js";

const fault = (statusCode: number, serviceCode = "") => ({
  statusCode,
  serviceCode,
  message: "",
  requestId: undefined,
});

describe("a service's fault", () => {
  it.each([
    [{ "x-amzn-errortype": "AccessDeniedException:http://internal/" }, '{"__type": "Other"}', "AccessDeniedException"],
    [{}, '{"__type": "com.amazonaws.rolesanywhere#ValidationException"}', "ValidationException"],
    [{}, '{"code": "A"}', "A"],
    [{}, '{"Code": "B"}', "B"],
    [{}, '{"__type": "", "code": 5, "Code": "B"}', "B"],
    [{}, "no JSON", ""],
    [{}, "null", ""],
    [{}, '"text"', ""],
  ])("with headers %j and body %s has the code %j", (headers: Readonly<Record<string, string>>, body, code) => {
    expect(parseServiceFault({ statusCode: 400, headers, body }).serviceCode).toBe(code);
  });

  it("has message and request id", () => {
    const read = (headers: Readonly<Record<string, string>>, body: string) =>
      parseServiceFault({ statusCode: 403, headers, body });
    expect(read({ "x-amzn-requestid": "r-1", "x-amz-request-id": "r-2" }, '{"message": "no", "Message": "x"}')).toEqual(
      {
        statusCode: 403,
        serviceCode: "",
        message: "no",
        requestId: "r-1",
      },
    );
    expect(read({ "x-amz-request-id": "r-2" }, '{"Message": "No"}')).toMatchObject({ message: "No", requestId: "r-2" });
    expect(read({}, "{}")).toMatchObject({ message: "", requestId: undefined });
  });

  it("brings no control characters and no more than 2,000 characters into a message", () => {
    const { message } = parseServiceFault({
      statusCode: 400,
      headers: {},
      body: JSON.stringify({ message: `a\u001b[31m\r\n\u009fb${"x".repeat(3_000)}` }),
    });
    expect(message).toMatch(/^[\u0020-\u007e\u00a0-\uffff]*$/);
    expect(message).toMatch(/^a.*bx/);
    expect(message.length).toBeLessThanOrEqual(2_000);
  });

  it.each([
    "Throttling",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "SlowDown",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "EC2ThrottledException",
    "TransactionInProgressException",
  ])("named %s is throttling", (code) => {
    expect(isThrottling(fault(400, code))).toBe(true);
  });

  it("with HTTP 429 is throttling, and with others is not", () => {
    expect([428, 429, 430, 503].map((status) => isThrottling(fault(status)))).toEqual([false, true, false, false]);
    expect(isThrottling(fault(400, "NotThrottling"))).toBe(false);
  });

  it.each(["RequestTimeout", "InternalFailure", "InternalServerError", "ServiceUnavailable", "IDPCommunicationError"])(
    "named %s is transient",
    (code) => {
      expect(isTransient(fault(400, code))).toBe(true);
    },
  );

  it("with HTTP 408 or from 500 on is transient, and with others is not", () => {
    const statuses = [400, 407, 408, 409, 499, 500, 501, 599];
    expect(statuses.filter((status) => isTransient(fault(status)))).toEqual([408, 500, 501, 599]);
    expect(isTransient(fault(400, "AccessDenied"))).toBe(false);
  });
});

describe("members of a body", () => {
  it("are those of a JSON object", () => {
    expect(parseMembers('{"a": 1}')).toEqual({ a: 1 });
    expect(["", "null", "5", '"x"'].map(parseMembers)).toEqual([{}, {}, {}, {}]);
  });

  it("are texts with something in them, or nothing", () => {
    expect(["x", "", 5, null, undefined].map(nonEmptyText)).toEqual(["x", undefined, undefined, undefined, undefined]);
  });
});
