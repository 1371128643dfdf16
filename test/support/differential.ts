import { spawnSync } from "node:child_process";
import { createRandom, mutate } from "../fuzz/mutate.js";
import { RolesAnywhereError } from "../../src/errors.js";
import type { Member } from "../../src/readers/archive/archive.js";
import { membersIn, openInMemory, spansInMemory } from "./archive-in-memory.js";
import { parseDialect } from "../../src/readers/csv/dialect.js";
import type { Encoding } from "../../src/readers/csv/encodings.js";
import { readMemberRows } from "../../src/readers/members/rows.js";
import { batchOfTexts, cellText } from "../../src/readers/rows/batch.js";
import { createRowEncoder } from "../../src/readers/rows/formats.js";
import { writeZip } from "./zip-writer.js";

/** How to read a file, in terms that both sides know. */
interface Dialect {
  readonly delimiter: string;
  readonly quote: string;
  readonly escape?: string;
  readonly header: "first" | "none";
  readonly encoding: Encoding;
}

interface Table {
  readonly names: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

interface Case {
  readonly data: string;
  readonly isZip: boolean;
  readonly dialect: Dialect;
  /** Result of this project; a text is a refusal. */
  readonly tables: readonly (Table | string)[] | string;
  /** The first table as a columnar file, and its format. */
  readonly columnar?: { readonly format: string; readonly data: string };
}

export interface DifferentialReport {
  readonly tried: number;
  readonly refused: number;
  /** Tables that Python's csv module read to the same cells, and how many of them pandas and pyarrow read too. */
  readonly equal: number;
  readonly pandas: number;
  readonly pyarrow: number;
  /** Read, without an error, to other values than another reader's. */
  readonly wrong: readonly string[];
  /** Refused by something other than an error for users. */
  readonly faults: readonly string[];
}

const cells = [
  "",
  "a",
  "1",
  "x y",
  'q"q',
  '"',
  "a,b",
  "a;b",
  "l\nb",
  "é",
  "😀",
  "\\",
  "it's",
  "0.10",
  " ",
  "NULL",
  "2024-01-15",
  "\u0000",
];
const encoders: Readonly<Record<string, (text: string) => Buffer>> = {
  "utf-8": (text) => Buffer.from(text),
  auto: (text) => Buffer.from(`\ufeff${text}`),
  "utf-16le": (text) => Buffer.from(`\ufeff${text}`, "utf16le"),
};

/** Creates archives and CSV files, reads them, and compares with Python's readers. */
export async function readDifferentially(count: number, seed: number): Promise<DifferentialReport> {
  const random = createRandom(seed);
  const report = {
    tried: 0,
    refused: 0,
    equal: 0,
    pandas: 0,
    pyarrow: 0,
    wrong: [] as string[],
    faults: [] as string[],
  };
  while (report.tried < count) {
    const cases: Case[] = [];
    for (let index = 0; index < 500 && report.tried < count; index++) {
      report.tried++;
      const made = await makeCase(random).catch((error: unknown) => String(error));
      if (typeof made === "string") report.faults.push(`input ${report.tried} of seed ${seed}: ${made}`);
      else cases.push(made);
    }
    const found = askPython(cases);
    report.refused += found.refused;
    report.equal += found.equal;
    report.pandas += found.pandas;
    report.pyarrow += found.pyarrow;
    report.wrong.push(...found.wrong);
  }
  return report;
}

async function makeCase(random: (below: number) => number): Promise<Case> {
  const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;
  const dialect: Dialect = {
    delimiter: pick([",", ",", ";", "\t", "|"]),
    quote: pick(['"', '"', '"', "'"]),
    header: pick(["first", "first", "none"] as const),
    encoding: pick(["utf-8", "utf-8", "auto", "utf-16le"] as const),
    ...(random(4) === 0 ? { escape: "\\" } : {}),
  };
  const encode = encoders[dialect.encoding] as (text: string) => Buffer;
  const text = () => encode(csvText(random, pick, dialect));
  const isZip = random(3) === 0;
  let bytes = isZip ? zipOf(random, pick, text) : text();
  if (random(5) === 0) bytes = mutate(bytes, random, text());
  const tables = await readTables(bytes, isZip, dialect);
  const [first] = typeof tables === "string" ? [] : tables;
  return {
    data: bytes.toString("base64"),
    isZip,
    dialect,
    tables,
    ...(typeof first === "object" && random(3) === 0
      ? { columnar: await encodeTable(first, pick(["parquet", "arrow"])) }
      : {}),
  };
}

function csvText(random: (below: number) => number, pick: <T>(values: readonly T[]) => T, dialect: Dialect): string {
  const width = 1 + random(4);
  const lineEnd = pick(["\n", "\n", "\r\n", "\r"]);
  const rows = Array.from({ length: random(8) }, (_, row) =>
    Array.from({ length: random(40) === 0 ? 1 + random(5) : width }, (__, column) =>
      row === 0 && random(4) > 0 ? `c${column}` : pick(cells),
    ),
  );
  const write = (cell: string): string => {
    const { delimiter, quote, escape } = dialect;
    const special = [delimiter, quote, "\n", "\r", ...(escape === undefined ? [] : [escape])];
    if (escape !== undefined && random(3) === 0) {
      return Array.from(cell, (found) => (special.includes(found) ? escape + found : found)).join("");
    }
    if (!special.some((found) => cell.includes(found)) && random(4) > 0) return cell;
    const inner = cell.replaceAll(quote, quote + quote);
    return `${quote}${escape === undefined ? inner : inner.replaceAll(escape, escape + escape)}${quote}`;
  };
  const text = rows.map((row) => row.map(write).join(dialect.delimiter)).join(lineEnd);
  return text + (random(4) === 0 ? "" : lineEnd) + (random(10) === 0 ? lineEnd : "");
}

function zipOf(random: (below: number) => number, pick: <T>(values: readonly T[]) => T, text: () => Buffer): Buffer {
  const names = ["a.csv", "folder/b.csv", "é.csv", "with space.csv", "in\\slash.csv"];
  const members = names.slice(0, 1 + random(names.length)).map((name) => ({
    name,
    data: text(),
    method: pick(["stored", "deflate"] as const),
    dataDescriptor: random(3) === 0,
    zip64: random(4) === 0,
  }));
  const whole = writeZip(members, pick(["", "", "a comment"]));
  return Buffer.concat([
    random(6) === 0 ? Buffer.from("#!/bin/sh\n") : Buffer.alloc(0),
    whole,
    random(6) === 0 ? Buffer.from("behind") : Buffer.alloc(0),
  ]);
}

async function readTables(bytes: Buffer, isZip: boolean, dialect: Dialect): Promise<Case["tables"]> {
  try {
    const archive = await openInMemory(bytes, { key: isZip ? "k.zip" : "k.csv" });
    const tables: (Table | string)[] = [];
    for (const member of membersIn(archive)) tables.push(await readTable(member, bytes, dialect));
    return tables;
  } catch (error) {
    return refusalOf(error);
  }
}

async function readTable(
  member: Member,
  bytes: Buffer,
  { delimiter, quote, escape, header, encoding }: Dialect,
): Promise<Table | string> {
  const settings = {
    ...parseDialect({ delimiter, quote, escape, header }),
    encoding,
    ragged: "error" as const,
    types: new Map(),
    reservedNames: [],
    hivePartitioning: false,
  };
  const rows: (string | null)[][] = [];
  let names: readonly string[] = [];
  try {
    for await (const found of readMemberRows(member, spansInMemory(member, bytes), settings, { notes: [] })) {
      ({ names } = found);
      for (let row = 0; row < found.batch.rows; row++) {
        rows.push(names.map((_, column) => cellText(found.batch, row, column) ?? null));
      }
    }
    return { names, rows };
  } catch (error) {
    return refusalOf(error);
  }
}

function refusalOf(error: unknown): string {
  if (error instanceof RolesAnywhereError && error.code === "ERR_INPUT") return error.message;
  throw error;
}

async function encodeTable({ names, rows }: Table, format: "parquet" | "arrow") {
  const encoder = await createRowEncoder(
    format,
    names.map((name) => ({ name, type: "text" })),
  );
  const texts = rows.map((row) => row.map((cell) => cell ?? undefined));
  const body = Buffer.from(encoder.encode(batchOfTexts(names.length, texts)));
  return { format, data: Buffer.concat([body, encoder.finish()]).toString("base64") };
}

const oracle = `
import base64, csv, io, json, os, sys, zipfile
import pandas, pyarrow.parquet, pyarrow.feather

csv.field_size_limit(2**31 - 1)
counts = {"refused": 0, "equal": 0, "pandas": 0, "pyarrow": 0, "wrong": []}

def decode(data, encoding):
    if encoding == "utf-8":
        return data.decode("utf-8-sig")
    if encoding == "auto":
        for mark, name in ((b"\\xef\\xbb\\xbf", "utf-8-sig"), (b"\\xff\\xfe", "utf-16"), (b"\\xfe\\xff", "utf-16")):
            if data.startswith(mark):
                return data.decode(name)
        return data.decode("utf-8")
    text = data.decode("utf-16-le")
    return text[1:] if text.startswith("\\ufeff") else text

def rows_of(text, dialect):
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=dialect["delimiter"], quotechar=dialect["quote"], escapechar=dialect.get("escape"))
    return [row for row in reader if row]

# An escape in front of a plain character: Python drops it, and here it stays.
def keeps_escapes(text, dialect):
    escape = dialect.get("escape")
    special = dialect["delimiter"] + dialect["quote"] + chr(13) + chr(10) + (escape or "")
    at = text.find(escape) if escape else -1
    while at != -1:
        if text[at + 1 : at + 2] not in special or at + 1 == len(text):
            return True
        at = text.find(escape, at + 2)
    return False

# zipfile decodes both names of a member, each by its own flag, and refuses it when they differ. Equal bytes are read here.
def read_member(archive, data, info):
    local = bytearray(data)
    flags = info.header_offset + 6
    name = local[flags + 24 : flags + 24 + int.from_bytes(local[flags + 20 : flags + 22], "little")]
    if bytes(name) == info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437"):
        local[flags + 1] = (local[flags + 1] & ~0x08) | (info.flag_bits >> 8 & 0x08)
    with zipfile.ZipFile(io.BytesIO(local)) as repaired:
        return repaired.read(info)

def with_pandas(text, dialect, expected):
    frame = pandas.read_csv(io.StringIO(text, newline=""), sep=dialect["delimiter"], quotechar=dialect["quote"], escapechar=dialect.get("escape"), dtype=str, keep_default_na=False, na_values=[], header=None, names=range(len(expected[0])), index_col=False)
    return frame.values.tolist()

for number, case in enumerate(json.load(sys.stdin)):
    data = base64.b64decode(case["data"])
    dialect = case["dialect"]
    def wrong(problem):
        counts["wrong"].append(problem + ": " + json.dumps(case)[:3000])
    if isinstance(case["tables"], str):
        counts["refused"] += 1
        continue
    try:
        if case["isZip"]:
            archive = zipfile.ZipFile(io.BytesIO(data))
            contents = [lambda info=info: read_member(archive, data, info) for info in archive.infolist() if not info.filename.endswith("/")]
        else:
            contents = [lambda: data]
    except Exception as error:
        wrong(f"zipfile refuses it with {error!r}")
        continue
    if len(contents) != len(case["tables"]):
        wrong(f"zipfile finds {len(contents)} members")
        continue
    for content, table in zip(contents, case["tables"]):
        if isinstance(table, str):
            counts["refused"] += 1
            continue
        try:
            text = decode(content(), dialect["encoding"])
            if keeps_escapes(text, dialect):
                continue
            rows = rows_of(text, dialect)
        except Exception as error:
            wrong(f"it is refused with {error!r}")
            continue
        found = rows if dialect["header"] == "none" else rows[1:]
        if found != table["rows"]:
            wrong(f"csv reads {found!r}")
            continue
        counts["equal"] += 1
        if dialect["header"] == "first" and rows and len(set(rows[0])) == len(rows[0]) and "" not in rows[0] and rows[0] != table["names"]:
            wrong(f"csv has the names {rows[0]!r}")
        # What pandas is known to read otherwise: blank lines of spaces, NUL, lone CR.
        plain = rows and len(rows[0]) > 1 and "\\0" not in text and "\\r" not in text.replace("\\r\\n", "") and dialect.get("escape") is None
        if plain and all(cell.strip(" ") or not cell for row in rows for cell in row):
            counts["pandas"] += 1
            seen = with_pandas(text, dialect, rows)
            if seen != rows:
                wrong(f"pandas reads {seen!r}")
    if "columnar" in case:
        buffer = io.BytesIO(base64.b64decode(case["columnar"]["data"]))
        read = pyarrow.parquet.read_table if case["columnar"]["format"] == "parquet" else pyarrow.feather.read_table
        table = read(buffer)
        table.validate(full=True)
        counts["pyarrow"] += 1
        columns = [column.to_pylist() for column in table.columns]
        seen = [list(row) for row in zip(*columns)]
        if table.column_names != case["tables"][0]["names"] or seen != case["tables"][0]["rows"]:
            wrong(f"pyarrow reads {seen!r}")
print(json.dumps(counts), flush=True)
# Threads of pyarrow may be at work when the interpreter ends.
os._exit(0)
`;

function askPython(cases: readonly Case[]): Omit<DifferentialReport, "tried" | "faults"> {
  const options = { input: JSON.stringify(cases), encoding: "utf8", maxBuffer: 2 ** 28 } as const;
  const { stdout, stderr, status } = spawnSync("python3", ["-X", "utf8", "-c", oracle], options);
  if (status !== 0) throw new Error(`python3: ${stderr}`);
  return JSON.parse(stdout) as Omit<DifferentialReport, "tried" | "faults">;
}
