//! Money is an integer count of minor units (cents), and every rounding is half-even and happens once.
//!
//! The laws: sums and shares are exact; a share of an amount over lines adds up to the amount (largest remainder); no
//! amount ever leaves ±[`AMOUNT_MINOR_MAX`], where JavaScript numbers and D1's bindings are still exact.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::order::Weight;

/// The largest amount, in minor units, either way: well inside 2^53, where a JavaScript number is exact.
pub const AMOUNT_MINOR_MAX: i64 = 9_000_000_000_000;

/// A rate of 100 %, as wide as what it is reckoned with.
const PPM_WHOLE: i128 = Rate::PPM_WHOLE as i128;

/// An amount in minor units of the order's currency.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The amount as a count of minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// Sums amounts.
    ///
    /// # Errors
    /// When the sum leaves the range of money.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().map(|amount| i128::from(amount.0)).sum::<i128>().try_into()
    }

    /// The amount `count` times.
    ///
    /// # Errors
    /// When the product leaves the range of money.
    pub fn times(self, count: i64) -> Result<Self, MoneyError> {
        (i128::from(self.0) * i128::from(count)).try_into()
    }

    /// The price of `count` pieces that weigh `weight` each, where the amount is the price of 1,000; rounded half-even.
    ///
    /// # Errors
    /// When the product leaves the range of money.
    pub fn weighed(self, weight: Weight, count: i64) -> Result<Self, MoneyError> {
        half_even(i128::from(self.0) * i128::from(weight.milli()) * i128::from(count), 1_000).try_into()
    }

    /// The sum of two amounts.
    ///
    /// # Errors
    /// When the sum leaves the range of money.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        (i128::from(self.0) + i128::from(other.0)).try_into()
    }

    /// The difference of two amounts.
    ///
    /// # Errors
    /// When the difference leaves the range of money.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        (i128::from(self.0) - i128::from(other.0)).try_into()
    }

    /// The share of the amount that a rate names, rounded half-even.
    ///
    /// # Errors
    /// When the share leaves the range of money.
    pub fn at_rate(self, rate: Rate) -> Result<Self, MoneyError> {
        half_even(i128::from(self.0) * i128::from(rate.ppm()), PPM_WHOLE).try_into()
    }

    /// The tax already inside the amount when `rate` of `all_rates` together is included in it, rounded half-even.
    ///
    /// # Errors
    /// When the share leaves the range of money.
    pub fn included_at(self, rate: Rate, all_rates: Rate) -> Result<Self, MoneyError> {
        let whole = PPM_WHOLE + i128::from(all_rates.ppm());
        half_even(i128::from(self.0) * i128::from(rate.ppm()), whole).try_into()
    }

    /// The amount divided evenly over `count`, rounded half-even; nothing unless there is one at least.
    #[must_use]
    pub fn per(self, count: i64) -> Option<Self> {
        if count < 1 {
            return None;
        }
        half_even(i128::from(self.0), i128::from(count)).try_into().ok()
    }

    /// What share of `whole` the amount is, in parts per million, rounded half-even; nothing unless the whole is more than
    /// zero.
    #[must_use]
    pub fn ppm_of(self, whole: Self) -> Option<i64> {
        if whole.0 < 1 {
            return None;
        }
        i64::try_from(half_even(i128::from(self.0) * PPM_WHOLE, i128::from(whole.0))).ok()
    }

    /// Shares the amount over `weights` by largest remainder; equal remainders go to the lower position. The shares add
    /// up to the amount. Where every weight is zero there is nothing to share it over, and every share is zero.
    #[must_use]
    pub fn shared_over(self, weights: &[Self]) -> Vec<Self> {
        let whole: i128 = weights.iter().map(|weight| i128::from(weight.0)).sum();
        if whole == 0 {
            return vec![Self::ZERO; weights.len()];
        }
        let amount = i128::from(self.0);
        let mut shares: Vec<(i128, i128)> = weights
            .iter()
            .map(|weight| {
                let exact = amount * i128::from(weight.0);
                (exact.div_euclid(whole), exact.rem_euclid(whole))
            })
            .collect();
        let left_over = amount - shares.iter().map(|(share, _)| share).sum::<i128>();
        let mut by_remainder: Vec<usize> = (0..shares.len()).collect();
        by_remainder
            .sort_by_key(|&position| (shares.get(position).map_or(0, |(_, remainder)| -remainder.abs()), position));
        for position in by_remainder.into_iter().take(usize::try_from(left_over.abs()).unwrap_or(0)) {
            if let Some((share, _)) = shares.get_mut(position) {
                *share += left_over.signum();
            }
        }
        shares.into_iter().map(|(share, _)| Self::try_from(share).unwrap_or(Self::ZERO)).collect()
    }
}

impl TryFrom<i64> for Money {
    type Error = MoneyError;

    fn try_from(minor: i64) -> Result<Self, MoneyError> {
        if (-AMOUNT_MINOR_MAX..=AMOUNT_MINOR_MAX).contains(&minor) { Ok(Self(minor)) } else { Err(MoneyError) }
    }
}

impl TryFrom<i128> for Money {
    type Error = MoneyError;

    fn try_from(minor: i128) -> Result<Self, MoneyError> {
        i64::try_from(minor).map_err(|_| MoneyError)?.try_into()
    }
}

impl From<Money> for i64 {
    fn from(amount: Money) -> Self {
        amount.0
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// An amount beyond ±[`AMOUNT_MINOR_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amount must lie within ±9,000,000,000,000 minor units")]
pub struct MoneyError;

/// Parts per million: `82500` is 8.25 %. At most 10,000,000 (1000 %).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Rate(u32);

impl Rate {
    /// The highest rate, in parts per million.
    pub const PPM_MAX: u32 = 10_000_000;
    /// The whole: 100 %.
    pub const PPM_WHOLE: u32 = 1_000_000;
    /// No share at all.
    pub const ZERO: Self = Self(0);

    /// The rate in parts per million.
    #[must_use]
    pub const fn ppm(self) -> u32 {
        self.0
    }

    /// Several rates together, at most [`Rate::PPM_MAX`].
    #[must_use]
    pub fn sum(rates: impl IntoIterator<Item = Self>) -> Self {
        Self(rates.into_iter().fold(0, |sum: u32, rate| sum.saturating_add(rate.0)).min(Self::PPM_MAX))
    }
}

impl TryFrom<u32> for Rate {
    type Error = RateError;

    fn try_from(ppm: u32) -> Result<Self, RateError> {
        if ppm <= Self::PPM_MAX { Ok(Self(ppm)) } else { Err(RateError) }
    }
}

impl From<Rate> for u32 {
    fn from(rate: Rate) -> Self {
        rate.0
    }
}

/// A rate beyond [`Rate::PPM_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rate must be 0 to 10,000,000 parts per million")]
pub struct RateError;

/// An ISO 4217 currency and how many digits its minor unit takes (JPY 0, USD 2, KWD 3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Currency {
    /// The three-letter code.
    pub code: CurrencyCode,
    /// Digits after the decimal point.
    pub exponent: CurrencyExponent,
}

impl Currency {
    /// An amount as people read it: `44.66 USD`, `4466 JPY`, `4.466 KWD`.
    #[must_use]
    pub fn show(&self, amount: Money) -> String {
        let digits = usize::from(self.exponent.0);
        let (sign, minor) = (if amount.0 < 0 { "-" } else { "" }, amount.0.unsigned_abs());
        let code = self.code.as_str();
        match 10_u64.pow(u32::from(self.exponent.0)) {
            1 => format!("{sign}{minor} {code}"),
            whole => format!("{sign}{}.{:0digits$} {code}", minor / whole, minor % whole),
        }
    }
}

/// Three capital letters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CurrencyCode(String);

impl CurrencyCode {
    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CurrencyCode {
    type Error = CurrencyError;

    fn try_from(text: String) -> Result<Self, CurrencyError> {
        let well_formed = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        if well_formed { Ok(Self(text)) } else { Err(CurrencyError::Code) }
    }
}

impl From<CurrencyCode> for String {
    fn from(code: CurrencyCode) -> Self {
        code.0
    }
}

impl fmt::Debug for CurrencyCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Digits of a currency's minor unit: 0, 2 or 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct CurrencyExponent(u8);

impl TryFrom<u8> for CurrencyExponent {
    type Error = CurrencyError;

    fn try_from(digits: u8) -> Result<Self, CurrencyError> {
        if matches!(digits, 0 | 2 | 3) { Ok(Self(digits)) } else { Err(CurrencyError::Exponent) }
    }
}

impl From<CurrencyExponent> for u8 {
    fn from(exponent: CurrencyExponent) -> Self {
        exponent.0
    }
}

/// Not a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CurrencyError {
    /// Not three capital letters.
    #[error("a currency code must be three capital letters")]
    Code,
    /// Not a number of digits in use.
    #[error("a currency exponent must be 0, 2 or 3")]
    Exponent,
}

/// `numerator / denominator` (positive), rounded to the nearest integer; halves go to the even neighbour.
fn half_even(numerator: i128, denominator: i128) -> i128 {
    let floor = numerator.div_euclid(denominator);
    let twice_remainder = numerator.rem_euclid(denominator) * 2;
    match twice_remainder.cmp(&denominator) {
        std::cmp::Ordering::Less => floor,
        std::cmp::Ordering::Greater => floor + 1,
        std::cmp::Ordering::Equal => floor + floor.rem_euclid(2),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(minor: i64) -> Money {
        Money::try_from(minor).unwrap()
    }

    #[test]
    fn rates_round_half_to_even() {
        for (base, ppm, share) in [
            (1250, 82_000, 102),
            (4565, 100_000, 456),
            (4575, 100_000, 458),
            (1, 500_000, 0),
            (3, 500_000, 2),
            (-4565, 100_000, -456),
            (1210, 82_500, 100),
            (333, 82_500, 27),
        ] {
            assert_eq!(money(base).at_rate(Rate::try_from(ppm).unwrap()), Ok(money(share)), "{base} × {ppm}");
        }
    }

    #[test]
    fn an_amount_is_shown_with_the_digits_of_its_currency() {
        let currency = |code: &str, exponent: u8| Currency {
            code: code.to_owned().try_into().unwrap(),
            exponent: exponent.try_into().unwrap(),
        };
        for (code, exponent, minor, shown) in [
            ("USD", 2, 4466, "44.66 USD"),
            ("USD", 2, 5, "0.05 USD"),
            ("USD", 2, 0, "0.00 USD"),
            ("USD", 2, -5, "-0.05 USD"),
            ("JPY", 0, 4466, "4466 JPY"),
            ("JPY", 0, -1, "-1 JPY"),
            ("KWD", 3, 4466, "4.466 KWD"),
            ("KWD", 3, -7, "-0.007 KWD"),
        ] {
            assert_eq!(currency(code, exponent).show(money(minor)), shown);
        }
    }

    #[test]
    fn a_currency_is_three_capital_letters_and_0_2_or_3_digits() {
        for bad in ["", "US", "usd", "USDX", "U1D", "U$D"] {
            assert!(CurrencyCode::try_from(bad.to_owned()).is_err(), "{bad}");
        }
        assert!([1, 4, 255].into_iter().all(|digits| CurrencyExponent::try_from(digits).is_err()));
        assert!([0, 2, 3].into_iter().all(|digits| CurrencyExponent::try_from(digits).is_ok()));
    }

    #[test]
    fn weighed_goods_are_rounded_half_even_once() {
        let weight = |milli: u32| Weight::try_from(milli).unwrap();
        for (price, milli, count, gross) in
            [(1995, 350, 3, 2095), (1, 500, 1, 0), (3, 500, 1, 2), (1000, 1000, 2, 2000)]
        {
            assert_eq!(money(price).weighed(weight(milli), count), Ok(money(gross)), "{price} × {milli} × {count}");
        }
        assert_eq!(money(AMOUNT_MINOR_MAX).weighed(weight(1001), 1), Err(MoneyError));
    }

    #[test]
    fn shares_follow_the_largest_remainder() {
        let shares = |amount: i64, weights: &[i64]| -> Vec<i64> {
            let weights: Vec<Money> = weights.iter().map(|&weight| money(weight)).collect();
            money(amount).shared_over(&weights).into_iter().map(Money::minor).collect()
        };
        assert_eq!(shares(456, &[3200, 615, 750]), [320, 61, 75]);
        assert_eq!(shares(532, &[3200, 615, 750, 750]), [320, 62, 75, 75]);
        assert_eq!(shares(1000, &[1, 1, 1]), [334, 333, 333]);
        assert_eq!(shares(1, &[0, 0, 5]), [0, 0, 1]);
    }

    #[test]
    fn averages_and_shares_round_half_to_even_and_nothing_is_divided_by_nothing() {
        let average = |amount: i64, count| money(amount).per(count).map(Money::minor);
        assert_eq!([average(5, 2), average(7, 2), average(-5, 2)], [Some(2), Some(4), Some(-2)]);
        assert_eq!([average(5, 0), average(5, -1), average(5, 1)], [None, None, Some(5)]);
        assert_eq!([money(1).ppm_of(money(1)), money(0).ppm_of(money(1))], [Some(1_000_000), Some(0)]);
        assert_eq!(money(1).ppm_of(money(3)), Some(333_333));
        assert_eq!(money(1).ppm_of(money(2_000_000)), Some(0));
        assert_eq!(money(3).ppm_of(money(2_000_000)), Some(2));
        assert_eq!([money(1).ppm_of(Money::ZERO), money(1).ppm_of(money(-1))], [None, None]);
        assert_eq!(money(AMOUNT_MINOR_MAX).ppm_of(money(1)), Some(AMOUNT_MINOR_MAX * 1_000_000));
    }

    #[test]
    fn an_amount_beyond_the_range_is_refused_not_wrapped() {
        assert_eq!(Money::try_from(AMOUNT_MINOR_MAX + 1), Err(MoneyError));
        assert_eq!(money(AMOUNT_MINOR_MAX).plus(money(1)), Err(MoneyError));
        assert_eq!(money(AMOUNT_MINOR_MAX).times(9_999), Err(MoneyError));
    }

    proptest! {
        #[test]
        fn shares_always_add_up_and_stay_within_one_of_exact(
            amount in -1_000_000_i64..1_000_000,
            weights in proptest::collection::vec(0_i64..100_000, 1..40),
        ) {
            let whole: i64 = weights.iter().sum();
            prop_assume!(whole > 0);
            let over: Vec<Money> = weights.iter().map(|&weight| money(weight)).collect();
            let shares = money(amount).shared_over(&over);
            prop_assert_eq!(shares.iter().map(|share| share.minor()).sum::<i64>(), amount);
            for (share, weight) in shares.iter().zip(&weights) {
                let distance = i128::from(share.minor()) * i128::from(whole) - i128::from(amount) * i128::from(*weight);
                prop_assert!(distance.abs() < i128::from(whole));
            }
        }
    }
}
