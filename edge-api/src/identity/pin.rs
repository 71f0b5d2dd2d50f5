//! A PIN on its way through: checked, hashed, forgotten.

use domain::Role;
use protocol::ErrorCode;
use zeroize::Zeroizing;

use crate::refusal::Refusal;

/// Digits of a PIN at most.
const DIGITS_MAX: usize = 8;
/// The PINs that people choose most, beside those of one digit or in a row (DataGenetics, "PIN analysis").
const COMMONEST: [&str; 20] = [
    "1004", "2000", "6969", "1122", "1313", "4321", "2001", "1010", "1212", "1123", "2580", "0852", "5683", "1986",
    "1990", "123123", "112233", "121212", "159753", "696969",
];

/// A PIN that may be used. It is wiped when it is dropped, and prints nowhere.
pub(crate) struct Pin(Zeroizing<String>);

impl Pin {
    /// Takes a PIN for somebody of a role.
    pub(crate) fn new(digits: String, role: Role) -> Result<Self, Refusal> {
        let pin = Self(Zeroizing::new(digits));
        let least = match role {
            Role::Manager | Role::Admin => 6,
            Role::LineCook | Role::Server | Role::Bartender | Role::Cashier | Role::ShiftLead => 4,
        };
        let text = pin.0.as_str();
        let fits = (least..=DIGITS_MAX).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
        if !fits {
            return Err(weak(format!("a PIN of this role has {least} to {DIGITS_MAX} digits")));
        }
        if COMMONEST.contains(&text) || runs(text.as_bytes()) {
            return Err(weak("this is one of the PINs that everybody tries first".to_owned()));
        }
        Ok(pin)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Whether every digit differs from the one before by the same step: 1111, 1234, 9876, 2468.
fn runs(digits: &[u8]) -> bool {
    let step = |pair: &[u8]| match pair {
        [first, second] => i16::from(*second) - i16::from(*first),
        _ => 0,
    };
    let steps: Vec<i16> = digits.windows(2).map(step).collect();
    steps.windows(2).all(|pair| pair.first() == pair.last())
}

fn weak(detail: String) -> Refusal {
    Refusal::new(ErrorCode::PinWeak, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(digits: &str, role: Role) -> bool {
        Pin::new(digits.to_owned(), role).is_ok()
    }

    #[test]
    fn what_everybody_tries_first_is_refused_and_managers_need_six_digits() {
        for weak in ["1234", "0000", "9876", "2468", "1212", "4321", "123", "123456789", "12a4", "٣٤٥٦", ""] {
            assert!(!taken(weak, Role::Server), "{weak}");
        }
        assert!(taken("7294", Role::Server) && taken("729418", Role::Server));
        assert!(!taken("7294", Role::Manager) && taken("729418", Role::Manager));
        assert!(!taken("654321", Role::Admin));
    }
}
