//! PASETO `v4.public` (paseto-standard, version 4): Ed25519 over the payload, a footer and an assertion that travels beside the
//! token. One algorithm and no field that chooses it.
//!
//! Written out on the signature library, because a whole token library would bring a second one of those and is three times
//! its size in a device's engine, which checks the same tokens.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

const HEADER: &str = "v4.public.";
const SIGNATURE_BYTES: usize = 64;
/// Characters of a token at most; a grant is a tenth of it.
const TOKEN_CHARS_MAX: usize = 16_384;

/// Signs a payload. The footer travels in the token, the assertion does not.
pub(crate) fn sign(key: &SigningKey, payload: &[u8], footer: &[u8], assertion: &[u8]) -> String {
    let signature = key.sign(&encoded(&[HEADER.as_bytes(), payload, footer, assertion])).to_bytes();
    let body = Base64UrlUnpadded::encode_string(&[payload, &signature].concat());
    if footer.is_empty() {
        return format!("{HEADER}{body}");
    }
    format!("{HEADER}{body}.{}", Base64UrlUnpadded::encode_string(footer))
}

/// The standard's pre-authentication encoding: how many pieces, then each with its length.
fn encoded(pieces: &[&[u8]]) -> Vec<u8> {
    let mut bytes = length(pieces.len()).to_vec();
    for piece in pieces {
        bytes.extend(length(piece.len()));
        bytes.extend_from_slice(piece);
    }
    bytes
}

fn length(count: usize) -> [u8; 8] {
    u64::try_from(count).unwrap_or(u64::MAX).to_le_bytes()
}

/// A token's payload and footer; `None` where it is no such token or its signature is not that of the key that the footer leads
/// to.
pub(crate) fn verify(
    token: &str,
    assertion: &[u8],
    key_of: impl FnOnce(&[u8]) -> Option<VerifyingKey>,
) -> Option<(Vec<u8>, Vec<u8>)> {
    let rest = token.strip_prefix(HEADER).filter(|_| token.len() <= TOKEN_CHARS_MAX)?;
    let (body, footer) = rest.split_once('.').unwrap_or((rest, ""));
    let (body, footer) = (Base64UrlUnpadded::decode_vec(body).ok()?, Base64UrlUnpadded::decode_vec(footer).ok()?);
    let (payload, signature) = body.split_at_checked(body.len().checked_sub(SIGNATURE_BYTES)?)?;
    let signature = Signature::from_slice(signature).ok()?;
    let message = encoded(&[HEADER.as_bytes(), payload, &footer, assertion]);
    key_of(&footer)?.verify_strict(&message, &signature).ok()?;
    Some((payload.to_vec(), footer))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SEED: &str = "b4cbfb43df4ce210727d953e4a713307fa19bb7d9f85041438d9e11b942a3774";
    const PAYLOAD: &[u8] = br#"{"data":"this is a signed message","exp":"2022-01-01T00:00:00+00:00"}"#;
    const FOOTER: &[u8] = br#"{"kid":"zVhMiPBP9fRf2snEcT7gFTioeA9COcNy9DfgL1W60haN"}"#;
    const ASSERTION: &[u8] = br#"{"test-vector":"4-S-3"}"#;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&crate::hex::bytes_of_hex(SEED).unwrap())
    }

    fn verified(token: &str, assertion: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        verify(token, assertion, |_| Some(key().verifying_key()))
    }

    #[test]
    fn the_standards_vectors_are_signed_to_the_letter() {
        let first = "v4.public.eyJkYXRhIjoidGhpcyBpcyBhIHNpZ25lZCBtZXNzYWdlIiwiZXhwIjoiMjAyMi0wMS0wMVQwMDowMDowMCswMDowMCJ9bg_XBBzds8lTZShVlwwKSgeKpLT3yukTw6JUz3W4h_ExsQV-P0V54zemZDcAxFaSeef1QlXEFtkqxT1ciiQEDA";
        assert_eq!(sign(&key(), PAYLOAD, b"", b""), first);
        assert_eq!(verified(first, b""), Some((PAYLOAD.to_vec(), Vec::new())));
        let third = "v4.public.eyJkYXRhIjoidGhpcyBpcyBhIHNpZ25lZCBtZXNzYWdlIiwiZXhwIjoiMjAyMi0wMS0wMVQwMDowMDowMCswMDowMCJ9NPWciuD3d0o5eXJXG5pJy-DiVEoyPYWs1YSTwWHNJq6DZD3je5gf-0M4JR9ipdUSJbIovzmBECeaWmaqcaP0DQ.eyJraWQiOiJ6VmhNaVBCUDlmUmYyc25FY1Q3Z0ZUaW9lQTlDT2NOeTlEZmdMMVc2MGhhTiJ9";
        assert_eq!(sign(&key(), PAYLOAD, FOOTER, ASSERTION), third);
        assert_eq!(verified(third, ASSERTION), Some((PAYLOAD.to_vec(), FOOTER.to_vec())));
        assert_eq!(verified(third, b""), None, "the assertion is part of it");
    }

    #[test]
    fn a_token_that_was_touched_anywhere_or_is_of_another_kind_is_none() {
        let token = sign(&key(), PAYLOAD, FOOTER, ASSERTION);
        for (place, character) in token.char_indices() {
            for other in ['A', 'B', '_'] {
                let mut touched = token.clone();
                touched.replace_range(place..=place, &other.to_string());
                assert!(other == character || verified(&touched, ASSERTION).is_none(), "{place} {other}");
            }
        }
        let body = token.strip_prefix(HEADER).unwrap();
        for header in ["v4.local.", "v3.public.", "v2.public.", "v4.none.", "none.", ""] {
            assert_eq!(verified(&format!("{header}{body}"), ASSERTION), None, "{header}");
        }
        assert_eq!(verify(&token, ASSERTION, |_| None), None, "nobody knows the key");
    }

    proptest! {
        #[test]
        fn whatever_text_comes_it_is_no_token_and_harms_nothing(text in "\\PC{0,200}", rest in "[A-Za-z0-9_.-]{0,300}") {
            prop_assert_eq!(verified(&text, b""), None);
            prop_assert_eq!(verified(&format!("{HEADER}{rest}"), b""), None);
        }
    }
}
