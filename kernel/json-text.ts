// Strings and numbers of JSON. Used by items.ts.

const quote: u8 = 0x22;
const minus: u8 = 0x2d;
const point: u8 = 0x2e;
const zero: u8 = 0x30;
const backslash: u8 = 0x5c;

/** Every decimal of up to this many digits survives conversion to a double, and none of more than 17. */
const safeDigits: usize = 15;
const maxDoubleDigits = 17;

/** Copies a JSON string including quotes and escapes. Returns the address behind it; 0 if it is not a string. */
export function copyText(from: usize, end: usize, target: usize): usize {
  let at = from + 1;
  let output = target;
  store<u8>(output++, quote);
  while (true) {
    const bytes = v128.load(at);
    v128.store(output, bytes);
    const special = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(bytes, i8x16.splat(quote)), i8x16.eq(bytes, i8x16.splat(backslash))),
        i8x16.lt_u(bytes, i8x16.splat(0x20)),
      ),
    );
    const length: usize = ctz(special | 0x10000);
    at += length;
    output += length;
    if (at >= end) return 0;
    if (special === 0) continue;
    const byte = load<u8>(at);
    if (byte === quote) return at + 1;
    if (byte !== backslash) return 0;
    const escaped = escapeLength(at + 1);
    if (escaped === 0) return 0;
    store<u64>(output, load<u64>(at));
    at += escaped + 1;
    output += escaped + 1;
  }
}

/** Returns the length of an escape after the backslash; 0 if it is not a JSON escape. */
function escapeLength(at: usize): usize {
  const letter = load<u8>(at);
  if (letter === 0x75) {
    for (let index: usize = 1; index <= 4; index++) {
      const byte = load<u8>(at + index);
      const isHex = (byte >= zero && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
      if (!isHex) return 0;
    }
    return 5;
  }
  const isShort =
    letter === quote ||
    letter === backslash ||
    letter === 0x2f ||
    letter === 0x62 ||
    letter === 0x66 ||
    letter === 0x6e ||
    letter === 0x72 ||
    letter === 0x74;
  return isShort ? 1 : 0;
}

/** Returns the address behind a number that is valid JSON as written and that a double holds exactly, else `start`. */
export function commonNumberEnd(start: usize): usize {
  let at = load<u8>(start) === minus ? start + 1 : start;
  const first = at;
  while (isDigit(load<u8>(at))) at++;
  let digits = at - first;
  const leading = load<u8>(first);
  if (digits === 0 || (leading === zero && digits > 1)) return start;
  if (load<u8>(at) === point) {
    const fraction = ++at;
    while (isDigit(load<u8>(at))) at++;
    if (at === fraction) return start;
    digits += at - fraction;
  } else if (leading === zero && first > start) {
    return start;
  }
  return digits <= safeDigits && load<u8>(at) === quote ? at : start;
}

function isDigit(byte: u8): bool {
  return byte >= zero && byte <= 0x39;
}

/** Whether it has more digits than any double, zeros at both ends left out. */
export function hasManyDigits(from: usize, to: usize): bool {
  let digits = 0;
  let zeros = 0;
  for (let at = from; at < to; at++) {
    const byte = load<u8>(at);
    if (byte > zero && byte <= 0x39) {
      digits += zeros + 1;
      zeros = 0;
      if (digits > maxDoubleDigits) return true;
    } else if (byte === zero) {
      if (digits > 0) zeros++;
    } else if (byte !== minus && byte !== point && byte !== 0x2b) return false;
  }
  return false;
}
