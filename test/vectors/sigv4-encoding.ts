// Our own table: one request a row, each signed for API Gateway and for S3, in headers and in the query, with and without
// a session token. `wire` is the request target as it has to stand on the socket when that is not what was typed.

export interface EncodingRow {
  readonly name: string;
  readonly typed: string;
  readonly wire?: string;
  readonly method?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string | Uint8Array;
  /** Why @smithy/signature-v4 cannot sign this row. */
  readonly beyondSmithy?: string;
  /** Why botocore cannot sign it for S3. */
  readonly beyondBotocoreS3?: string;
  /** Only where a header form makes sense: a presigned URL has no date of its own. */
  readonly headerOnly?: boolean;
}

export const signingDate = new Date("2026-01-31T23:59:59Z");

const octets = Uint8Array.from({ length: 256 }, (_, octet) => octet);
const notUtf8 = "its query and path are JavaScript strings, which hold no octets that are not UTF-8";

const paths: readonly EncodingRow[] = [
  { name: "root", typed: "/" },
  { name: "empty path", typed: "", wire: "/" },
  { name: "empty path before a query", typed: "?a=1", wire: "/?a=1" },
  { name: "stage and resource", typed: "/prod/items" },
  { name: "trailing slash", typed: "/prod/items/" },
  { name: "two slashes in front", typed: "//prod" },
  { name: "repeated slashes", typed: "/a//b///c" },
  { name: "slashes alone", typed: "///" },
  { name: "single dots", typed: "/./a/./b/." },
  { name: "double dots", typed: "/a/../b/.." },
  { name: "double dots above the root", typed: "/../../a" },
  { name: "double dots before a slash", typed: "/a/b/../" },
  { name: "dots that are part of a name", typed: "/.../a.b/..c" },
  { name: "escaped dots", typed: "/a/%2e%2e/b" },
  { name: "escaped slash", typed: "/a%2Fb" },
  { name: "escaped slash in lower case", typed: "/a%2fb" },
  { name: "escaped space", typed: "/a%20b" },
  { name: "raw space", typed: "/a b", wire: "/a%20b" },
  { name: "plus", typed: "/a+b" },
  { name: "escaped plus", typed: "/a%2Bb" },
  { name: "asterisk", typed: "/a*" },
  { name: "escaped asterisk", typed: "/a%2A" },
  { name: "colon and at", typed: "/a:b@c" },
  { name: "escaped colon and at", typed: "/a%3Ab%40c" },
  { name: "sub-delimiters", typed: "/!$&'(),;=" },
  { name: "escaped sub-delimiters", typed: "/%21%24%26%27%28%29%2C%3B%3D" },
  { name: "unreserved", typed: "/-._~AZaz09" },
  { name: "escaped unreserved", typed: "/%41%2d%7E" },
  { name: "UTF-8 as typed", typed: "/ü/日本/😀", wire: "/%C3%BC/%E6%97%A5%E6%9C%AC/%F0%9F%98%80" },
  { name: "escaped UTF-8", typed: "/%C3%BC" },
  { name: "escaped UTF-8 in lower case", typed: "/%c3%bc" },
  { name: "octets that are not UTF-8", typed: "/%FF%FE", beyondSmithy: notUtf8 },
  { name: "percent alone", typed: "/100%" },
  { name: "percent before no hex", typed: "/%zz/%4" },
  { name: "escaped percent", typed: "/a%252Fb" },
  { name: "delimiters that no URL should have", typed: '/"<>\\^`{|}' },
  { name: "brackets", typed: "/[x]" },
  { name: "WebSocket connection id", typed: "/prod/@connections/JBDvjfGEIAMCERw%3D" },
  {
    name: "function ARN",
    typed: "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af/invocations",
  },
  { name: "tilde", typed: "/~user/" },
];

const queries: readonly EncodingRow[] = [
  { name: "question mark alone", typed: "/?" },
  { name: "key alone", typed: "/?uploads" },
  { name: "key with an empty value", typed: "/?k=" },
  { name: "value without a key", typed: "/?=v" },
  { name: "repeated key", typed: "/?a=1&a=2&a=0" },
  { name: "repeated key, one empty", typed: "/?a=1&a=&a" },
  { name: "unsorted keys in both cases", typed: "/?b=1&a=2&B=3&A=4" },
  { name: "keys that sort differently with their =", typed: "/?a-b=1&a=2&a.b=3&a0=4" },
  { name: "values sorted as text", typed: "/?k=2&k=10&k=%31" },
  { name: "= inside a value", typed: "/?a=b=c==" },
  { name: "= and slash inside a value", typed: "/?list-type=2&prefix=dt=2026-01-01/" },
  { name: "empty pairs", typed: "/?a=b&&c=d&" },
  { name: "escaped space in a value", typed: "/?q=a%20b" },
  { name: "raw space in a value", typed: "/?q=a b", wire: "/?q=a%20b" },
  { name: "plus in a value", typed: "/?q=a+b" },
  { name: "escaped plus in a value", typed: "/?q=a%2Bb" },
  { name: "escapes in lower case", typed: "/?q=%2f%3a" },
  { name: "reserved in a value", typed: "/?q=/:@!$'()*,;?" },
  { name: "escaped reserved in a value", typed: "/?q=%2F%3A%40%21%24%27%28%29%2A%2C%3B%3F" },
  { name: "asterisk in a value", typed: "/?q=*" },
  { name: "unreserved in key and value", typed: "/?-._~=~_.-" },
  { name: "escaped unreserved in a value", typed: "/?q=%41%2D" },
  { name: "UTF-8 as typed in a value", typed: "/?q=ü日😀", wire: "/?q=%C3%BC%E6%97%A5%F0%9F%98%80" },
  { name: "escaped UTF-8 in key and value", typed: "/?%C3%BC=%C3%BC" },
  { name: "octets that are not UTF-8 in a value", typed: "/?q=%FF", beyondSmithy: notUtf8 },
  { name: "percent alone in a value", typed: "/?q=100%&r=%zz" },
  { name: "escaped separators", typed: "/?a%3Db=c%26d" },
  { name: "delimiters that no URL should have", typed: '/?q="<>\\^`{|}[]' },
  { name: "fragment", typed: "/?q=1#part", wire: "/?q=1" },
  { name: "question mark in a value", typed: "/a?b?c=d?" },
];

const headers: readonly EncodingRow[] = [
  { name: "runs of white space", typed: "/", headers: [["X-Note", "a   b \t c"]] },
  { name: "white space inside quotes", typed: "/", headers: [["X-Note", '"a   b"']] },
  { name: "colon and space in a value", typed: "/", headers: [["X-Time", "at: 12:30: sharp"]] },
  {
    name: "repeated header",
    typed: "/",
    headers: [
      ["X-List", "b"],
      ["X-List", "a"],
    ],
  },
  {
    name: "repeated header in other cases",
    typed: "/",
    headers: [
      ["x-list", "b"],
      ["X-LIST", "a, c"],
    ],
  },
  {
    name: "headers that a hop may change",
    typed: "/",
    headers: [
      ["User-Agent", "test/1"],
      ["X-Amzn-Trace-Id", "Root=1"],
      ["Connection", "close"],
      ["TE", "trailers"],
      ["X-Kept", "1"],
    ],
  },
  {
    name: "the caller's cache-control, pragma, referer and from",
    typed: "/",
    headers: [
      ["Cache-Control", "no-cache"],
      ["Pragma", "no-cache"],
      ["Referer", "https://example.com/"],
      ["From", "a@example.com"],
    ],
  },
  { name: "metadata of S3", typed: "/key", method: "PUT", headers: [["x-amz-meta-Name", "Value"]], headerOnly: true },
  { name: "accept with parameters", typed: "/", headers: [["Accept", "text/html;q=0.8, */*;q=0.1"]] },
  { name: "empty value", typed: "/", headers: [["X-Empty", ""]] },
  { name: "every printable character", typed: "/", headers: [["X-Any", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"]] },
  { name: "name with every token character", typed: "/", headers: [["X!#$%&'*+-.^_`|~9", "1"]] },
  {
    name: "date kept",
    typed: "/",
    headers: [["Date", "Sat, 31 Jan 2026 23:59:59 -0000"]],
    beyondSmithy: "it removes the caller's date and always sends x-amz-date",
    headerOnly: true,
  },
  { name: "x-amz-date kept", typed: "/", headers: [["X-Amz-Date", "20260131T235959Z"]], headerOnly: true },
  {
    name: "own payload hash",
    typed: "/",
    headers: [["X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"]],
    beyondBotocoreS3: "it replaces the caller's payload hash",
    headerOnly: true,
  },
];

const bodies: readonly EncodingRow[] = [
  { name: "POST without a body", typed: "/prod", method: "POST" },
  { name: "empty body", typed: "/prod", method: "POST", body: "" },
  {
    name: "JSON",
    typed: "/prod",
    method: "POST",
    headers: [["Content-Type", "application/json; charset=utf-8"]],
    body: '{"name":"x"}',
  },
  {
    name: "form",
    typed: "/prod",
    method: "POST",
    headers: [["Content-Type", "application/x-www-form-urlencoded"]],
    body: "a=1&b=c+d%20e",
    headerOnly: true,
  },
  {
    name: "UTF-8 text",
    typed: "/prod",
    method: "PUT",
    headers: [["Content-Type", "text/plain"]],
    body: "ü 日本 😀\r\n",
  },
  { name: "every octet", typed: "/prod", method: "PUT", body: octets },
  { name: "DELETE with a body", typed: "/prod/1?x=1", method: "DELETE", body: "reason" },
  { name: "PATCH", typed: "/prod/1", method: "PATCH", body: "[]" },
  { name: "HEAD", typed: "/prod/1", method: "HEAD" },
  { name: "OPTIONS", typed: "/prod", method: "OPTIONS" },
];

export const encodingRows: readonly EncodingRow[] = [...paths, ...queries, ...headers, ...bodies];

export interface EncodingCase {
  readonly title: string;
  readonly row: EncodingRow;
  readonly service: "execute-api" | "s3";
  readonly form: "header" | "query";
  readonly token: string | undefined;
}

const services = ["execute-api", "s3"] as const;
const forms = ["header", "query"] as const;
const tokens = [undefined, "IQoJb3JpZ2luX2VjEXAMPLE//+a=="];

/** Every row in every combination that makes sense. */
export const encodingCases: readonly EncodingCase[] = encodingRows.flatMap((row, index) =>
  services.flatMap((service) =>
    forms
      .filter((form) => form === "header" || row.headerOnly !== true)
      .flatMap((form) =>
        tokens.map((token) => ({
          title: `${index + 1} ${row.name}: ${service}, ${form}, ${token === undefined ? "no token" : "token"}`,
          row,
          service,
          form,
          token,
        })),
      ),
  ),
);
