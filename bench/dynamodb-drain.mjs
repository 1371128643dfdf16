// Reads a table in segments and does nothing with it but find the next key: what a server can give at most.
//   node bench/dynamodb-drain.mjs URL TABLE SEGMENTS
import { Agent, request } from "node:http";

const [url, table, segmentsText] = process.argv.slice(2);
const segments = Number(segmentsText);
const agent = new Agent({ keepAlive: true, maxSockets: segments });
const headers = {
  "content-type": "application/x-amz-json-1.0",
  "x-amz-target": "DynamoDB_20120810.Scan",
  "x-amz-date": "20260101T000000Z",
  authorization:
    "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=00",
};

function readPage(body) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", agent, headers: { ...headers, "content-length": body.length } });
    sent.on("error", reject);
    sent.on("response", (response) => {
      // The key stands in the last bytes of the page, or in the first.
      let head = "";
      let tail = "";
      response.on("data", (chunk) => {
        if (head === "") head = chunk.latin1Slice(0, 1000);
        tail = (tail + chunk.latin1Slice(Math.max(0, chunk.length - 1000))).slice(-1000);
      });
      response.on("end", () =>
        resolve(/"LastEvaluatedKey":(\{.*?\}\})/.exec(tail) ?? /^\{"LastEvaluatedKey":(\{.*?\}\})/.exec(head)),
      );
    });
    sent.end(body);
  });
}

await Promise.all(
  Array.from({ length: segments }, async (_, segment) => {
    let start = "";
    for (;;) {
      const body = `{"TableName":"${table}","Segment":${segment},"TotalSegments":${segments}${start}}`;
      const match = await readPage(body);
      if (match === null) return;
      start = `,"ExclusiveStartKey":${match[1]}`;
    }
  }),
);
agent.destroy();
