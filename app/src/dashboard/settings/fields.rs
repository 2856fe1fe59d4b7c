//! The fields, in the groups in which people look for them.

use super::api::SettingsPageData;
use crate::form::FormState;
use crate::ui::{OfferField, Select, SelectOption, TextArea, TextField};
use leptos::prelude::*;

/// A card of fields.
pub fn group(id: &'static str, title: &'static str, fields: AnyView) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby=id>
            <div class="card__head"><h2 id=id>{title}</h2></div>
            <div class="card__body fields">{fields}</div>
        </section>
    }
}

/// Name, colour, zone.
pub fn identity(data: &SettingsPageData) -> impl IntoView + use<> {
    let form = use_context::<FormState>().unwrap_or_default();
    let color = form.value("brand_color").map(str::to_owned).unwrap_or_else(|| data.brand_color.clone());
    let swatch = (!color.is_empty()).then(|| format!("--_c:{color}"));
    let (portal, shown) = (data.portal.clone(), data.portal.clone());
    let fields = view! {
        <TextField name="name" label="Name" help="Shown to customers in the portal." value=data.name.clone() maxlength=200 required=true />
        <TextField
            name="points_name"
            label="Your word for points"
            help="As it follows a number, such as points or stars."
            value=data.points_name.clone()
            maxlength=200
            required=true
        />
        <div class="row nowrap-row row--top" style="--gap:var(--s-3)">
            <div class="grow">
                <TextField
                    name="brand_color"
                    label="Colour of the portal"
                    help="Six digits, such as #b3472b. Text on it stays readable whatever you choose."
                    value=data.brand_color.clone()
                    maxlength=7
                />
            </div>
            {swatch.map(|style| view! { <span class="merchant-mark swatch" style=style aria-hidden="true"></span> })}
        </div>
        <OfferField
            name="time_zone"
            label="Time zone"
            help="Decides the dates of figures. Retailers have their own for promotions."
            value=data.time_zone.clone()
            offers=data.zones.clone()
        />
        <TextField
            name="default_country"
            label="Country of phone numbers"
            help="Two letters, such as US, for numbers without a country code. Empty: such numbers are refused."
            value=data.default_country.clone()
            maxlength=2
        />
        <p class="small muted fields__note">
            "Your portal: "
            <a href=portal rel="external">{shown}</a>
        </p>
    };
    group("identity", "Program", fields.into_any())
}

/// Currency, rounding, worth.
pub fn money(data: &SettingsPageData) -> impl IntoView + use<> {
    let roundings = SelectOption::all(&data.roundings);
    let leftovers =
        SelectOption::all(&[("false", "Dropped"), ("true", "Kept for the customer’s next line or purchase")]);
    let fields = view! {
        <OfferField
            name="currency"
            label="Currency"
            help="Stays as it is once there are purchases."
            value=data.currency.clone()
            offers=data.currencies.clone()
        />
        <Select
            name="rounding"
            label="Fractions of a point, per line"
            help="9.99 becomes 9 when rounded down."
            options=roundings
            value=data.rounding.clone()
        />
        <Select
            name="carry_over"
            label="Leftover fractions"
            help="If kept, two purchases worth half a point earn one together. Each promotion then rounds for itself."
            options=leftovers
            value=data.carry_over.to_string()
        />
        // One sentence in two fields.
        <div class="row nowrap-row row--top" style="--gap:var(--s-3)">
            <div class="grow">
                <TextField
                    name="point_value.points"
                    label="This many points …"
                    help="Shown beside balances. Leave both empty to show no worth."
                    value=data.value_points.clone()
                    inputmode="numeric"
                />
            </div>
            <div class="grow">
                <TextField
                    name="point_value.amount"
                    label="… are worth"
                    help="In your currency, such as 1.00."
                    value=data.value_amount.clone()
                    inputmode="decimal"
                />
            </div>
        </div>
    };
    group("money", "Money and points", fields.into_any())
}

/// Unknown customers, claims, lateness.
pub fn purchases(data: &SettingsPageData) -> impl IntoView + use<> {
    let unknown = SelectOption::all(&[
        ("create", "Enrol them and credit the purchase"),
        ("hold", "Keep the purchase until it is claimed"),
        ("reject", "Refuse the purchase"),
    ]);
    let fields = view! {
        <Select
            name="unknown_customer"
            label="Unknown customer at the till"
            help="A purchase that names nobody always waits to be claimed."
            options=unknown
            value=data.unknown_customer.clone()
        />
        <TextField
            name="claim_days"
            label="Days to claim a purchase"
            help="1 to 3,650."
            value=data.claim_days.to_string()
            inputmode="numeric"
            required=true
        />
        <TextField
            name="accepted_lateness_days"
            label="Days a purchase may arrive late"
            help="0 to 3,650. Older ones are refused, except by import and keys that may backdate."
            value=data.accepted_lateness_days.to_string()
            inputmode="numeric"
            required=true
        />
    };
    group("purchases", "Purchases", fields.into_any())
}

/// Pages of other sites that may call the API.
pub fn apps(data: &SettingsPageData) -> impl IntoView + use<> {
    let fields = view! {
        <TextArea
            name="allowed_origins"
            label="Sites whose pages may call the API"
            help="One per line, such as https://app.shop.example. For your own web app, and for a till in the browser."
            value=data.allowed_origins.clone()
        />
        <p class="small muted fields__note">
            "A page of such a site can sign customers in and show what is theirs; with a key of the scope "
            <code>"till"</code> " it can sell. Where invitations may lead is under "
            <a href="/dashboard/referrals">"Referrals"</a> "."
        </p>
    };
    group("apps", "Apps in the browser", fields.into_any())
}
