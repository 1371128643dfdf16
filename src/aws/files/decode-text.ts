/** Decodes a file as UTF-8 or, with a byte order mark, as UTF-16, which `>` of Windows PowerShell writes. */
export function decodeText(bytes: Buffer): string {
  const mark = bytes.toString("hex", 0, 2);
  if (mark !== "fffe" && mark !== "feff") return bytes.toString().replace(/^\uFEFF/, "");
  // Removing zeros makes this read UTF-32 too, whose mark begins in the same way.
  return new TextDecoder(mark === "feff" ? "utf-16be" : "utf-16").decode(bytes).replaceAll("\0", "");
}
