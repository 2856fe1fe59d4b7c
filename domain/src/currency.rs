//! The currencies of ISO 4217 that are money people pay with.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// A currency of ISO 4217, written as its three letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "&'static str")]
pub struct Currency {
    code: &'static str,
    minor_digits: u8,
}

/// The text is not the code of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a currency code of ISO 4217, such as USD")]
pub struct UnknownCurrency;

impl Currency {
    /// The US dollar.
    pub const USD: Self = Self { code: "USD", minor_digits: 2 };

    /// The three letters.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.code
    }

    /// How many decimal places the minor unit has: 2 for USD, 0 for JPY, 3 for KWD.
    #[must_use]
    pub const fn minor_digits(self) -> u32 {
        self.minor_digits as u32
    }

    /// What stands before a number: a sign where one is common, else the code and a space.
    pub(crate) fn prefix(self) -> String {
        match SIGNS.iter().find(|(code, _)| *code == self.code) {
            Some((_, sign)) => (*sign).to_owned(),
            None => format!("{} ", self.code),
        }
    }

    /// One major unit for people: `$1`, `KWD 1`.
    #[must_use]
    pub fn one(self) -> String {
        format!("{}1", self.prefix())
    }

    /// All currencies, by code.
    pub fn all() -> impl Iterator<Item = Self> {
        let mut codes: Vec<Self> = [(NO_DIGITS, 0), (TWO_DIGITS, 2), (THREE_DIGITS, 3)]
            .into_iter()
            .flat_map(|(codes, minor_digits)| codes.split(' ').map(move |code| Self { code, minor_digits }))
            .collect();
        codes.sort_unstable();
        codes.into_iter()
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        [(TWO_DIGITS, 2), (NO_DIGITS, 0), (THREE_DIGITS, 3)]
            .into_iter()
            .find_map(|(codes, minor_digits)| {
                let code = codes.split(' ').find(|code| *code == text)?;
                Some(Self { code, minor_digits })
            })
            .ok_or(UnknownCurrency)
    }
}

// By hand: the derived one would ask its input to live for ever, for the sake of the static code.
impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl From<Currency> for &'static str {
    fn from(currency: Currency) -> &'static str {
        currency.code
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

const NO_DIGITS: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";

const TWO_DIGITS: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD \
CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL \
HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR \
MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD \
SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER \
ZAR ZMW ZWG";

const THREE_DIGITS: &str = "BHD IQD JOD KWD LYD OMR TND";

/// Signs that cannot be mistaken for another currency's.
const SIGNS: &[(&str, &str)] = &[
    ("USD", "$"),
    ("EUR", "€"),
    ("GBP", "£"),
    ("JPY", "¥"),
    ("INR", "₹"),
    ("KRW", "₩"),
    ("ILS", "₪"),
    ("VND", "₫"),
    ("UAH", "₴"),
    ("PHP", "₱"),
    ("NGN", "₦"),
    ("TRY", "₺"),
    ("CAD", "CA$"),
    ("AUD", "A$"),
    ("NZD", "NZ$"),
    ("HKD", "HK$"),
    ("SGD", "S$"),
    ("MXN", "MX$"),
    ("BRL", "R$"),
    ("CNY", "CN¥"),
];
