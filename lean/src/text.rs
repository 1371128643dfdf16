//! Text that JavaScript takes long for.
use llrt_core::{function::Func, Ctx, Object, Result, TypedArray};

/// Tells whether the text is PEM as every program writes it: lines of base64 between those of dashes, and nothing else.
fn is_plain_pem(text: String) -> bool {
    let is_base64 = |line: &[u8]| {
        (1..=76).contains(&line.len())
            && line
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
    };
    let is_edge = |line: &[u8]| {
        let label = line
            .strip_prefix(b"-----BEGIN ")
            .or_else(|| line.strip_prefix(b"-----END "))
            .and_then(|line| line.strip_suffix(b"-----"));
        label.is_some_and(|label| {
            label
                .iter()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ')
        })
    };
    text.strip_suffix('\n').is_some_and(|text| {
        text.as_bytes()
            .split(|byte| *byte == b'\n')
            .all(|line| is_base64(line) || is_edge(line))
    })
}

/// Skips everything else, as Node.js does; `=` ends the text.
fn decode_base64(ctx: Ctx<'_>, text: String) -> Result<TypedArray<'_, u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0u32, 0);
    for byte in text.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => continue,
        };
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    TypedArray::new(ctx, bytes)
}

/// Returns an OBJECT IDENTIFIER in dotted form; undefined for a damaged one, and for numbers beyond 63 bits.
fn format_oid(content: TypedArray<'_, u8>) -> Option<String> {
    let content = content.as_bytes()?;
    if content.len() > 256 || content.last()? & 0x80 != 0 {
        return None;
    }
    let mut text = String::new();
    let mut arc = 0u64;
    for byte in content {
        if arc >> 56 != 0 {
            return None;
        }
        arc = arc << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        if text.is_empty() {
            let root = (arc / 40).min(2);
            text = format!("{root}.{}", arc - root * 40);
        } else {
            text.push('.');
            text.push_str(&arc.to_string());
        }
        arc = 0;
    }
    Some(text)
}

fn are_equal(one: TypedArray<'_, u8>, other: TypedArray<'_, u8>) -> bool {
    one.as_bytes() == other.as_bytes()
}

pub fn define(host: &Object<'_>) -> Result<()> {
    host.set("isPlainPem", Func::from(is_plain_pem))?;
    host.set("decodeBase64", Func::from(decode_base64))?;
    host.set("areEqual", Func::from(are_equal))?;
    host.set("formatOid", Func::from(format_oid))
}
