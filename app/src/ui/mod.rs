//! The components of the product, one file each, in the classes of `style/components`.
//!
//! None of them fetches anything; they draw what they are given, the same on the server and in the browser.

mod avatar;
mod badge;
mod banner;
mod button;
mod card;
mod code;
mod empty;
mod explain;
mod field;
pub mod icon;
mod key_value;
mod logo;
mod medal;
mod number;
mod pagination;
mod qr;
mod tab_bar;
mod table;
mod theme;
mod tiles;

pub use avatar::{Avatar, initials};
pub use badge::{Badge, Dot, Tone};
pub use banner::{Banner, BannerTone};
pub use button::{Button, ButtonSize, ButtonVariant, LinkButton};
pub use card::{Card, CardBody, CardFoot, CardHead, CardTone};
pub use code::CodeBlock;
pub use empty::Empty;
pub use explain::{Receipt, ReceiptLine, ReceiptView};
pub use field::{Check, Field, OfferField, Select, SelectOption, TextArea, TextField};
pub use icon::{Glyph, Icon, IconSize};
pub use key_value::KeyValue;
pub use logo::{Logo, Rings};
pub use medal::{Medal, MedalSize, Rank};
pub use number::{grouped, signed};
pub use pagination::Pagination;
pub use qr::{Qr, QrView};
pub use tab_bar::{TabBar, TabItem};
pub use table::{Column, Table};
pub use theme::{THEME_COOKIES, Theme, ThemeForm, ThemeSwitch, share_theme, theme_cookie};
pub use tiles::{Delta, DeltaView, Tile, Tiles};
