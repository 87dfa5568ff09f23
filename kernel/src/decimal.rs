//! Natural numbers of any size, in decimal: what meters count in (KERNEL.md section 17).

use std::cmp::Ordering;
use std::fmt;

/// Such a number. Its text has no leading zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Amount(String);

impl Amount {
    pub(crate) const ZERO: Self = Self(String::new());

    /// `None` unless it is digits alone.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| Self::trimmed(text))
    }

    fn trimmed(digits: &str) -> Self {
        Self(digits.trim_start_matches('0').to_owned())
    }

    /// O(n) in the digits of both.
    pub(crate) fn plus(&self, other: &Self) -> Self {
        let mut digits = Vec::new();
        let (mut left, mut right) = (self.0.bytes().rev(), other.0.bytes().rev());
        let mut carry = 0;
        loop {
            let (left, right) = (left.next(), right.next());
            if left.is_none() && right.is_none() && carry == 0 {
                break;
            }
            let digit = |byte: Option<u8>| byte.map_or(0, |byte| byte - b'0');
            let sum = digit(left) + digit(right) + carry;
            digits.push(char::from(b'0' + sum % 10));
            carry = sum / 10;
        }
        Self(digits.into_iter().rev().collect())
    }

    /// `None` if it were below zero. O(n) in the digits.
    pub(crate) fn minus(&self, mut other: u64) -> Option<Self> {
        let mut digits = self.0.as_bytes().to_vec();
        let mut borrow = 0;
        for digit in digits.iter_mut().rev() {
            let low = u8::try_from(other % 10).expect("one digit") + borrow;
            let value = *digit - b'0';
            other /= 10;
            borrow = u8::from(value < low);
            *digit = b'0' + value + 10 * borrow - low;
        }
        let text: String = digits.into_iter().map(char::from).collect();
        (other == 0 && borrow == 0).then(|| Self::trimmed(&text))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "0" } else { &self.0 })
    }
}

impl Ord for Amount {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.0.len(), &self.0).cmp(&(other.0.len(), &other.0))
    }
}

impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::Amount;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).expect("digits")
    }

    #[test]
    fn an_amount_is_digits_alone() {
        for text in ["", "-1", "+1", "1.0", "1e3", "unlimited", " 1", "١"] {
            assert_eq!(Amount::parse(text), None, "{text:?}");
        }
        for (text, written) in [("0", "0"), ("000", "0"), ("007", "7"), ("10", "10")] {
            assert_eq!(amount(text).to_string(), written);
        }
        assert_eq!(amount("0"), Amount::ZERO);
    }

    #[test]
    fn sums_have_no_bound() {
        assert_eq!(amount("999").plus(&amount("1")), amount("1000"));
        assert_eq!(amount("0").plus(&amount("0")), Amount::ZERO);
        let large = "9".repeat(40);
        assert_eq!(amount("1").plus(&amount(&large)), amount(&format!("1{}", "0".repeat(40))));
    }

    #[test]
    fn differences_are_never_below_zero() {
        assert_eq!(amount("1000").minus(1), Some(amount("999")));
        assert_eq!(amount("1000").minus(1000), Some(Amount::ZERO));
        for (left, right) in [("1000", 1001), ("0", 1), ("7", 10)] {
            assert_eq!(amount(left).minus(right), None);
        }
        let large = amount(&format!("1{}", "0".repeat(40)));
        assert_eq!(large.minus(1), Some(amount(&"9".repeat(40))));
        let (most, rest) = (u64::MAX, large.minus(u64::MAX).expect("large enough"));
        assert_eq!(rest.plus(&amount(&most.to_string())), large);
    }

    #[test]
    fn amounts_order_as_numbers() {
        let sorted = ["0", "1", "9", "10", "99", "100"].map(amount);
        assert!(sorted.is_sorted_by(|left, right| left < right));
    }
}
