//! How large the ledger's world is, and what happens in it.

use bootfork_explorer::worlds::SettingError;

use crate::explore::Pace;

/// How large the ledger's world is, and what happens in it.
///
/// ```
/// use bootfork::explore::ledger::LedgerOptions;
///
/// let mut options = LedgerOptions::default();
/// options.set("restart", "0.01")?;
/// assert_eq!(options.restart, 0.01);
/// assert!(options.set("restarts", "0.01").is_err());
/// # Ok::<(), bootfork::explorer::worlds::SettingError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerOptions {
    /// Accounts, at least one for each trader.
    pub accounts: u32,
    /// Traders, at least two.
    pub traders: u32,
    /// Whether the teller keeps in memory what belongs in the store.
    pub bug: bool,
    /// Whether the teller panics when it is told of a payment that it does not remember, instead of
    /// passing over it.
    pub panics: bool,
    /// As [`Pace::events`].
    pub events: u32,
    /// As [`Pace::crank`].
    pub crank: f64,
    /// As [`Pace::restart`].
    pub restart: f64,
    /// As [`Pace::reap`].
    pub reap: f64,
}

impl Default for LedgerOptions {
    fn default() -> Self {
        let Pace { events, crank, restart, reap } = Pace::default();
        Self { accounts: 4, traders: 2, bug: false, panics: false, events, crank, restart, reap }
    }
}

impl LedgerOptions {
    /// The names that [`set`](Self::set) knows.
    pub const NAMES: [&str; 8] =
        ["accounts", "traders", "bug", "panics", "events", "crank", "restart", "reap"];

    /// Changes the option of that name.
    ///
    /// # Errors
    /// If there is no such option, or the value is none for it.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        match name {
            "accounts" => read(name, value, "u32", &mut self.accounts),
            "traders" => read(name, value, "u32", &mut self.traders),
            "bug" => read(name, value, "bool", &mut self.bug),
            "panics" => read(name, value, "bool", &mut self.panics),
            "events" => read(name, value, "u32", &mut self.events),
            "crank" => read_probability(name, value, &mut self.crank),
            "restart" => read_probability(name, value, &mut self.restart),
            "reap" => read_probability(name, value, &mut self.reap),
            _ => {
                Err(SettingError::NoSetting { name: name.to_owned(), names: Self::NAMES.to_vec() })
            }
        }
    }
}

fn read<T: std::str::FromStr>(
    name: &str,
    value: &str,
    expected: &'static str,
    field: &mut T,
) -> Result<(), SettingError> {
    let wrong =
        |_| SettingError::BadValue { name: name.to_owned(), value: value.to_owned(), expected };
    *field = value.parse().map_err(wrong)?;
    Ok(())
}

fn read_probability(name: &str, value: &str, field: &mut f64) -> Result<(), SettingError> {
    let mut given = 0.0;
    read(name, value, "f64", &mut given)?;
    if !(0.0..=1.0).contains(&given) {
        let (name, value) = (name.to_owned(), value.to_owned());
        return Err(SettingError::OutOfRange { name, value, range: "0.0..=1.0".to_owned() });
    }
    *field = given;
    Ok(())
}
