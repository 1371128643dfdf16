import xterm from "@xterm/headless";

/** A terminal's view of some output. */
export interface Shown {
  /** The lines; wrapped ones are joined. */
  readonly text: string;
  /** Every other control sequence that it obeyed, line ends and tabs aside: `CSI m`, `OSC 0`, `bell`. */
  readonly orders: readonly string[];
}

/** Shows bytes to a terminal emulator and returns the result. */
export async function showOnTerminal(bytes: Uint8Array): Promise<Shown> {
  const terminal = new xterm.Terminal({
    cols: 400,
    rows: 50,
    scrollback: 5_000,
    convertEol: true,
    allowProposedApi: true,
  });
  const orders: string[] = [];
  const note = (order: string) => () => {
    orders.push(order);
    return false;
  };
  const finals = Array.from({ length: 0x7f - 0x40 }, (_, index) => String.fromCharCode(0x40 + index));
  for (const final of finals) {
    for (const prefix of [undefined, "?", ">", "=", "<"]) {
      terminal.parser.registerCsiHandler(
        { final, ...(prefix === undefined ? {} : { prefix }) },
        note(`CSI ${prefix ?? ""}${final}`),
      );
    }
    terminal.parser.registerDcsHandler({ final }, note(`DCS ${final}`));
  }
  for (let code = 0x30; code < 0x7f; code++) {
    const final = String.fromCharCode(code);
    terminal.parser.registerEscHandler({ final }, note(`ESC ${final}`));
  }
  for (let code = 0; code < 2_000; code++) terminal.parser.registerOscHandler(code, note(`OSC ${code}`));
  terminal.onBell(note("bell"));
  terminal.onTitleChange(note("title"));
  await new Promise<void>((resolve) => terminal.write(bytes, resolve));
  const { buffer } = terminal;
  let text = "";
  for (let row = 0; row < buffer.active.length; row++) {
    const line = buffer.active.getLine(row);
    text += `${line?.isWrapped === true || row === 0 ? "" : "\n"}${line?.translateToString(true) ?? ""}`;
  }
  terminal.dispose();
  return { text: text.trimEnd(), orders };
}
