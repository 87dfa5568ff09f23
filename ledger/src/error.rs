//! What can go wrong with a ledger, for the host.

use std::fmt;

use bootfork_kernel::{AskError, KernelError, Kref, Value};

/// Why a vat of the ledger rejected a message.
///
/// ```
/// use bootfork_ledger::Refusal;
///
/// assert_eq!(Refusal::UnknownAccount.to_string(), "unknown account");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no such method, or its arguments are of the wrong number or type.
    NotUnderstood,
    /// The issuer keeps no account of that number, or the object is no purse of its.
    UnknownAccount,
    /// The purse holds less than that.
    InsufficientFunds,
    /// More money than can be counted.
    TooMuch,
    /// There is no such trader.
    UnknownTrader,
    /// The trader has no purse yet.
    NoPurse,
    /// The vat is still at work on an earlier message of the kind.
    Busy,
}

impl Refusal {
    const ALL: [Self; 7] = [
        Self::NotUnderstood,
        Self::UnknownAccount,
        Self::InsufficientFunds,
        Self::TooMuch,
        Self::UnknownTrader,
        Self::NoPurse,
        Self::Busy,
    ];

    fn text(self) -> &'static str {
        match self {
            Self::NotUnderstood => "not understood",
            Self::UnknownAccount => "unknown account",
            Self::InsufficientFunds => "insufficient funds",
            Self::TooMuch => "more money than can be counted",
            Self::UnknownTrader => "unknown trader",
            Self::NoPurse => "no purse",
            Self::Busy => "busy",
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.text() == text)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for Refusal {}

/// Why an operation on a ledger failed. No money has moved then.
///
/// ```
/// use bootfork_ledger::{LedgerConfig, LedgerError, boot};
///
/// let poor = LedgerConfig { traders: 3, accounts: 2, ..LedgerConfig::default() };
/// let error = boot(&poor).unwrap_err();
/// assert_eq!(error.to_string(), "impossible configuration: fewer accounts than traders");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LedgerError {
    /// No ledger can be as the configuration says. Change it.
    Config(&'static str),
    /// A vat refused. Ask for something else.
    Refused(Refusal),
    /// The kernel rejected the message, with this text; `vat terminated`, for example.
    Rejected(String),
    /// Nothing is left to do and the answer is still open: a vat waits for one that is gone.
    Unsettled(Kref),
    /// A vat answered what no vat of a ledger answers: the kernel is not one of a ledger.
    Unexpected(String),
    /// The kernel could not go on.
    Kernel(KernelError),
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(why) => write!(f, "impossible configuration: {why}"),
            Self::Refused(refusal) => write!(f, "refused: {refusal}"),
            Self::Rejected(text) => write!(f, "rejected: {text}"),
            Self::Unsettled(promise) => write!(f, "nothing left to do and {promise} is open"),
            Self::Unexpected(body) => write!(f, "no answer of a ledger: {body}"),
            Self::Kernel(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LedgerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Kernel(error) => Some(error),
            _ => None,
        }
    }
}

impl From<KernelError> for LedgerError {
    fn from(error: KernelError) -> Self {
        Self::Kernel(error)
    }
}

impl From<AskError> for LedgerError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Kernel(error) => Self::Kernel(error),
            AskError::Unsettled(promise) => Self::Unsettled(promise.kref()),
            AskError::Rejected(data) => match Value::decode(&data) {
                Ok(Value::Error { message, .. }) => match Refusal::from_text(&message) {
                    Some(refusal) => Self::Refused(refusal),
                    None => Self::Rejected(message),
                },
                _ => Self::Unexpected(data.body),
            },
            other => Self::Unexpected(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_comes_back_as_itself() {
        for refusal in Refusal::ALL {
            let data = Value::error(refusal.to_string()).encode(&[]);
            let error = LedgerError::from(AskError::Rejected(data));
            assert_eq!(error, LedgerError::Refused(refusal));
        }
    }

    #[test]
    fn what_no_vat_of_a_ledger_rejects_with_is_told_apart() {
        let rejected = |value: Value| LedgerError::from(AskError::Rejected(value.encode(&[])));
        let gone = LedgerError::Rejected("vat terminated".into());
        assert_eq!(rejected(Value::error("vat terminated")), gone);
        assert_eq!(rejected(Value::Null), LedgerError::Unexpected("#null".into()));
    }
}
