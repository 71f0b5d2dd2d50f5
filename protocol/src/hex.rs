//! Keys and secrets as hexadecimal digits.

/// Thirty-two bytes from sixty-four hexadecimal digits; `None` for anything else.
#[must_use]
pub fn bytes_of_hex(hex: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let digits: Vec<u32> = hex.chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(bytes)
}
