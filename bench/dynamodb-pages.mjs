// A table of any size that takes no memory: answers Scan with pages made from one template, each item with a key of its
// own. It is far faster than any DynamoDB emulator, so that a comparison of clients compares clients. Run by itself it
// prints its URL and stays:
//   node bench/dynamodb-pages.mjs --items 1000000 [--page 2500]
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { crc32 } from "node:zlib";

const idDigits = 10;

/** One item of about 380 bytes of DynamoDB JSON; `id` has ten digits. */
function itemText(id) {
  return JSON.stringify({
    pk: { S: `item-${id}` },
    customer: { S: "Ada Lovelace, Ockham Park" },
    total: { N: "129.95" },
    quantity: { N: "17" },
    ledger: { N: "12345678901234567890123456789012345678" },
    open: { BOOL: true },
    tags: { SS: ["north", "priority", "gift"] },
    lines: { L: [{ M: { sku: { S: "AB-1201" }, price: { N: "64.975" }, note: { NULL: true } } }] },
    comment: { S: 'Leave it at the "back door",\nplease.' },
  });
}

/** @returns {{ body: Buffer, offsets: number[] }} a page of `count` items and where their ids stand */
function createTemplate(count) {
  const placeholder = "0".repeat(idDigits);
  const items = Array.from({ length: count }, () => itemText(placeholder)).join(",");
  const head = `{"Count":${count},"Items":[`;
  const capacity = `],"ScannedCount":${count},"ConsumedCapacity":{"TableName":"pages","CapacityUnits":128.5}`;
  const body = Buffer.from(`${head}${items}${capacity}}`);
  const offsets = [];
  for (let at = body.indexOf("item-"); at !== -1; at = body.indexOf("item-", at + 5)) offsets.push(at + 5);
  return { body, offsets };
}

function fillPage({ body, offsets }, first, nextKey) {
  const tail = nextKey === undefined ? "" : `,"LastEvaluatedKey":{"pk":{"S":"${nextKey}"}}`;
  const page = Buffer.allocUnsafe(body.length + tail.length);
  body.copy(page);
  for (let index = 0; index < offsets.length; index++) {
    let id = first + index;
    for (let at = offsets[index] + idDigits - 1; id > 0; at--, id = Math.floor(id / 10)) page[at] = 0x30 + (id % 10);
  }
  page.write(`${tail}}`, body.length - 1, "latin1");
  return page;
}

/** Starts the server on a free port of the loopback interface. */
export function startPages(items, itemsPerPage = 2500) {
  const templates = new Map();
  const template = (count) => {
    if (!templates.has(count)) templates.set(count, createTemplate(count));
    return templates.get(count);
  };
  const answers = {
    DescribeTable: () =>
      Buffer.from(JSON.stringify({ Table: { TableStatus: "ACTIVE", ItemCount: items, TableSizeBytes: items * 400 } })),
    Scan({ Segment = 0, TotalSegments = 1, ExclusiveStartKey, Limit }) {
      const from = Math.floor((items * Segment) / TotalSegments);
      const to = Math.floor((items * (Segment + 1)) / TotalSegments);
      const first = ExclusiveStartKey === undefined ? from : Number(ExclusiveStartKey.pk.S.slice(5)) + 1;
      const count = Math.min(to - first, Limit ?? itemsPerPage, itemsPerPage);
      const last = first + count - 1;
      const nextKey = first + count >= to ? undefined : `item-${String(last).padStart(idDigits, "0")}`;
      return fillPage(template(count), first, nextKey);
    },
  };
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const operation = String(request.headers["x-amz-target"]).split(".")[1];
      const body = answers[operation](JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(200, {
        "content-type": "application/x-amz-json-1.0",
        "content-length": body.length,
        "x-amz-crc32": String(crc32(body)),
      });
      response.end(body);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve({ url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() });
    });
  });
}

if (import.meta.filename === process.argv[1]) {
  const { values } = parseArgs({
    options: { items: { type: "string", default: "1000000" }, page: { type: "string", default: "2500" } },
  });
  const { url } = await startPages(Number(values.items), Number(values.page));
  console.log(url);
}
