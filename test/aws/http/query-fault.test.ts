import { describe, expect, it } from "vitest";
import { parseQueryFault } from "../../../src/aws/http/query-fault.js";
import { xmlMember } from "../../../src/aws/http/xml-members.js";

describe("xmlMember", () => {
  it.each([
    ["<a><b>text</b></a>", "text"],
    ['<b xmlns="x">text</b>', "text"],
    ["<b></b>", ""],
    ["<b>&lt;&amp;amp;&gt; &quot;&apos; &#65;&#x42;</b>", "<&amp;> \"' AB"],
    ["<b>&unknown; &#x110000;</b>", "&unknown; &#x110000;"],
    ["<bb>no</bb><b>yes</b>", "yes"],
    ["<b>first</b><b>second</b>", "first"],
    ["<b><c>nested</c></b>", undefined],
    ["", undefined],
  ])("of b in %s is %j", (text, value) => {
    expect(xmlMember(text, "b")).toBe(value);
  });
});

describe("parseQueryFault", () => {
  const fault = (body: string, headers: Readonly<Record<string, string>> = {}) =>
    parseQueryFault({ statusCode: 400, headers, body });

  it("reads code, message and request id from the XML of a query service", () => {
    const body =
      "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no &lt;way&gt;\nout</Message></Error><RequestId>r-1</RequestId></ErrorResponse>";
    expect(fault(body)).toMatchObject({ serviceCode: "AccessDenied", message: "no <way> out", requestId: "r-1" });
  });

  it("takes the request id of the header when the body has none", () => {
    const headers = { "x-amzn-requestid": "r-2" };
    expect(fault("<Code>X</Code>", headers)).toMatchObject({ serviceCode: "X", message: "", requestId: "r-2" });
  });

  it("reads JSON of a gateway in its place", () => {
    expect(fault('{"code":"Blocked","message":"by a gateway"}')).toMatchObject({
      serviceCode: "Blocked",
      message: "by a gateway",
    });
  });
});
