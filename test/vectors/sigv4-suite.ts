// Requests that ask every question of SigV4's published rules ("Create a signed AWS API request"): one concern a case, for
// a service whose paths are normalised and encoded twice, and for S3, whose paths are signed as they are. What each comes to
// stands in sigv4-suite.json, as botocore computed it; test/signing/sigv4-suite.test.ts asks botocore again where it is.

export interface SuiteRequest {
  readonly method?: string;
  readonly target: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
  readonly token?: string;
}

const form = ["Content-Type", "application/x-www-form-urlencoded"] as const;
const token = "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJ+token/with=signs";

export const suiteRequests: Readonly<Record<string, SuiteRequest>> = {
  vanilla: { target: "/" },
  "vanilla POST": { method: "POST", target: "/" },
  "session token": { target: "/", token },
  "session token, POST with a body": { method: "POST", target: "/", body: "Action=ListRoles", headers: [form], token },
  "header of one name twice": {
    target: "/",
    headers: [
      ["My-Header1", "value2"],
      ["My-Header1", "value2"],
      ["my-header1", "value1"],
    ],
  },
  "header values in their order": {
    target: "/",
    headers: [
      ["My-Header1", "value4"],
      ["My-Header1", "value1"],
      ["My-Header1", "value3"],
    ],
  },
  "header value over lines": { target: "/", headers: [["My-Header1", "value1\n  value2\n     value3"]] },
  "header values trimmed": {
    target: "/",
    headers: [
      ["My-Header1", "  value1"],
      ["My-Header2", ' "a   b   c"  '],
    ],
  },
  "header value with a tab": { target: "/", headers: [["My-Header1", "a\tb"]] },
  "header value empty": { target: "/", headers: [["My-Header1", ""]] },
  "header names in upper case": { method: "POST", target: "/", headers: [["MY-HEADER1", "VALUE1"]] },
  "header names sorted": {
    method: "POST",
    target: "/",
    headers: [
      ["Zebra", "1"],
      ["alpha", "2"],
      ["Alpha-Beta", "3"],
    ],
  },
  "unreserved octets in the path": { target: "/-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" },
  "UTF-8 in the path": { target: "/%E1%88%B4" },
  "space in the path": { target: "/example%20space/" },
  "escape in the path": { target: "/a%2Fb%25c" },
  "slash alone, twice": { target: "//" },
  "slashes repeated": { target: "//example//" },
  "dot between slashes": { target: "/./" },
  "dot that points nowhere": { target: "/./example" },
  "dots upwards": { target: "/example/.." },
  "dots upwards, twice": { target: "/example1/example2/../.." },
  "dots upwards beyond the root": { target: "/../../example" },
  "query of one pair": { target: "/?Param1=value1" },
  "query of a key with no value": { target: "/?Param1=" },
  "query of a key alone": { target: "/?acl" },
  "query sorted by key": { target: "/?Param2=value2&Param1=value1" },
  "query sorted by key in both cases": { target: "/?foo=Zoo&Foo=aha" },
  "query sorted by value": { target: "/?Param1=value2&Param1=Value1&Param1=value1" },
  "query sorted by octets after encoding": { target: "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1" },
  "query of unreserved octets": {
    target: "/?-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ=-._~0123456789",
  },
  "query of UTF-8": { target: "/?%E1%88%B4=bar" },
  "query with a space and a plus": { target: "/?Param1=a%20b&Param2=a%2Bb" },
  "query with reserved octets": { target: "/?Param1=%40%23%24%25%5E&Param2=%2F%3A%3D%26" },
  "POST of a form": { method: "POST", target: "/", headers: [form], body: "Param1=value1" },
  "POST of a form with a character set": {
    method: "POST",
    target: "/",
    headers: [["Content-Type", "application/x-www-form-urlencoded; charset=utf8"]],
    body: "Param1=value1",
  },
  "POST with query and body": { method: "POST", target: "/a/b?x=1", headers: [form], body: "y=2" },
  "PUT of UTF-8": { method: "PUT", target: "/key", body: "ü日本😀" },
  HEAD: { method: "HEAD", target: "/key" },
  DELETE: { method: "DELETE", target: "/key?versionId=a.b_c~d" },
};

export const suiteSettings = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  host: "example.amazonaws.com",
  region: "us-east-1",
  timestamp: "20150830T123600Z",
  expires: 3600,
} as const;
