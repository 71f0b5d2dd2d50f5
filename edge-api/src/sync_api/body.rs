//! From bytes to a typed request: declared form, size, unpacking, limits, syntax, shape, in this order.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::io::Read as _;

use domain::STRING_BYTES_MAX;
use flate2::bufread::GzDecoder;
use protocol::{EXCHANGE_BODY_BYTES_MAX, ErrorCode, JSON_DEPTH_MAX};
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;

use super::request::ApiRequest;
use crate::refusal::Refusal;

/// The body as text within all limits, not yet known to be JSON.
pub(super) fn limited(request: &ApiRequest) -> Result<Cow<'_, str>, Refusal> {
    let media_type = request.content_type.as_deref().unwrap_or("").split(';').next().unwrap_or("").trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::new(ErrorCode::UnsupportedMediaType, "the body must be declared as application/json"));
    }
    let encoding = request.content_encoding.as_deref().map(str::trim).unwrap_or_default().to_ascii_lowercase();
    if !["", "identity", "gzip"].contains(&encoding.as_str()) {
        return Err(Refusal::new(
            ErrorCode::UnsupportedMediaType,
            "a body may be encoded with gzip and with nothing else",
        ));
    }
    if request.declares_too_much() || request.body.len() > EXCHANGE_BODY_BYTES_MAX {
        return Err(too_large());
    }
    let bytes = if encoding == "gzip" { Cow::Owned(unpacked(&request.body)?) } else { Cow::Borrowed(&*request.body) };
    check_limits(&bytes)?;
    match bytes {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| not_utf8()),
        Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|_| not_utf8()),
    }
}

/// What was packed, unpacked no further than to where it is known to be too large: a few bytes may stand for gigabytes.
fn unpacked(packed: &[u8]) -> Result<Vec<u8>, Refusal> {
    let most = u64::try_from(EXCHANGE_BODY_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut body = Vec::new();
    let mut unpacker = GzDecoder::new(packed).take(most);
    unpacker.read_to_end(&mut body).map_err(|_| malformed("the body is not gzip"))?;
    if body.len() > EXCHANGE_BODY_BYTES_MAX {
        return Err(too_large());
    }
    if unpacker.into_inner().into_inner().is_empty() {
        Ok(body)
    } else {
        Err(malformed("something follows the gzip body"))
    }
}

fn too_large() -> Refusal {
    Refusal::new(ErrorCode::BodyTooLarge, format!("a body may have at most {EXCHANGE_BODY_BYTES_MAX} bytes"))
}

fn not_utf8() -> Refusal {
    malformed("the body is not UTF-8")
}

/// The body as a request of its type.
pub(super) fn parsed<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Refusal> {
    if let Some(key) = doubled_key(text) {
        return Err(invalid(format!("the key {key} stands twice in one object")));
    }
    // Serde would take a list for the fields of an object in their order.
    if !is_object(text) && serde_json::from_str::<IgnoredAny>(text).is_ok() {
        return Err(invalid("the body must be an object"));
    }
    serde_json::from_str(text).map_err(|error| match error.classify() {
        // A wrong shape may be noticed before the place where the JSON itself ends wrongly.
        Category::Data if serde_json::from_str::<IgnoredAny>(text).is_ok() => invalid(error.to_string()),
        Category::Data | Category::Syntax | Category::Eof | Category::Io => malformed("the body is not JSON"),
    })
}

/// Whether a JSON text is that of an object.
pub(super) fn is_object(text: &str) -> bool {
    text.trim_ascii_start().starts_with('{')
}

/// A key that stands twice in one object, at any depth: readers disagree about which of the two counts. Nothing where the text
/// is no JSON, which is the parser's to say.
fn doubled_key(text: &str) -> Option<String> {
    let doubled = RefCell::new(None);
    let mut json = serde_json::Deserializer::from_str(text);
    let _ = KeysOnce(&doubled).deserialize(&mut json);
    doubled.into_inner()
}

/// Walks through a value and remembers the first key that it meets a second time in one object.
#[derive(Clone, Copy)]
struct KeysOnce<'a>(&'a RefCell<Option<String>>);

impl<'de> DeserializeSeed<'de> for KeysOnce<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for KeysOnce<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        while values.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = fields.next_key::<Cow<'_, str>>()? {
            if seen.contains(&key) {
                *self.0.borrow_mut() = Some(key.into_owned());
                return Err(serde::de::Error::custom("a key stands twice"));
            }
            seen.insert(key);
            fields.next_value_seed(self)?;
        }
        Ok(())
    }
}

/// The refusal of a well-formed body that says something it may not.
pub(super) fn invalid(detail: impl Into<String>) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, detail)
}

fn malformed(detail: &str) -> Refusal {
    Refusal::new(ErrorCode::MalformedBody, detail)
}

/// Bounds nesting and text lengths before anything is allocated for them. Counts only: whether it is JSON is the parser's
/// question.
fn check_limits(bytes: &[u8]) -> Result<(), Refusal> {
    let (mut depth, mut rest) = (0_usize, bytes);
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => rest = after_string(after)?,
            _ => {}
        }
        if depth > JSON_DEPTH_MAX {
            return Err(invalid(format!("JSON may be nested at most {JSON_DEPTH_MAX} deep")));
        }
    }
    Ok(())
}

/// Skips a string whose opening quote is behind us and refuses one that is longer than a text may be once unescaped.
fn after_string(bytes: &[u8]) -> Result<&[u8], Refusal> {
    let (mut length, mut rest) = (0_usize, bytes);
    loop {
        (length, rest) = match rest {
            [] => return Ok(rest),
            [b'"', after @ ..] => return Ok(after),
            [b'\\', b'u', a, b, c, d, after @ ..] => (length + unescaped_bytes([*a, *b, *c, *d]), after),
            [b'\\', _, after @ ..] | [_, after @ ..] => (length + 1, after),
        };
        if length > STRING_BYTES_MAX {
            return Err(invalid(format!("a text may have at most {STRING_BYTES_MAX} bytes")));
        }
    }
}

/// How many bytes of UTF-8 a `\uXXXX` stands for; half of a surrogate pair stands for half of four.
fn unescaped_bytes(digits: [u8; 4]) -> usize {
    let code = std::str::from_utf8(&digits).ok().and_then(|digits| u16::from_str_radix(digits, 16).ok());
    match code {
        Some(0x80..=0x7FF | 0xD800..=0xDFFF) => 2,
        Some(0x800..) => 3,
        Some(..0x80) | None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> Option<ErrorCode> {
        check_limits(body.as_bytes()).err().map(|refusal| refusal.code)
    }

    #[test]
    fn nesting_and_texts_are_bounded_before_parsing() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(code(&nested(JSON_DEPTH_MAX)), None);
        assert_eq!(code(&nested(JSON_DEPTH_MAX + 1)), Some(ErrorCode::InvalidRequest));
        let text = |bytes| format!("[\"{}\"]", "x".repeat(bytes));
        assert_eq!(code(&text(STRING_BYTES_MAX)), None);
        assert_eq!(code(&text(STRING_BYTES_MAX + 1)), Some(ErrorCode::InvalidRequest));
    }

    #[test]
    fn escapes_count_as_what_they_stand_for_and_brackets_in_texts_do_not_count() {
        let escaped = |escape: &str, times| format!("[\"{}\"]", escape.repeat(times));
        assert_eq!(code(&escaped("\\\"", STRING_BYTES_MAX)), None);
        assert_eq!(code(&escaped("\\u0041", STRING_BYTES_MAX)), None);
        assert_eq!(code(&escaped("\\u20ac", STRING_BYTES_MAX / 3)), None);
        assert_eq!(code(&escaped("\\u20ac", STRING_BYTES_MAX / 3 + 1)), Some(ErrorCode::InvalidRequest));
        assert_eq!(code(&escaped("[{", 100)), None);
        assert_eq!(code("[\"\\\\\", [[\"\\"), None, "an unfinished text is the parser's to refuse");
    }
}
