//! Hearth & Hops, a small group of taprooms: everything that the pages can show.

use std::path::Path;

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use perennial_domain::{
    access::{Role, Scope},
    codes::{Email, Label, PersonName, RetailerCode, Slug, Zone},
    promotion::PromotionInput,
    settings::MerchantPatch,
};
use perennial_engine::{
    Cx, Engine, Error, PageRequest, What,
    api_keys::NewApiKey,
    customers::NewCustomer,
    merchants::NewMerchant,
    products::NewProduct,
    promotions::{PromotionFilter, PromotionView},
    purchases::PurchaseFilter,
    retailers::NewRetailer,
    staff::NewStaff,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{cashback, policies, purchases, referrals, rewards, tenders, tiers};
use crate::cli::explained;

const SLUG: &str = "hearth";
const OWNER: &str = "priya@hearth.example";
const ANALYST: &str = "ana@hearth.example";
const CASHIER: &str = "sofia@hearth.example";
const PASSWORD: &str = "perennial demo";
const CUSTOMER: &str = "maya@hearth.example";
/// Where the key of the printed curl is kept, readable by the owner of the data folder only.
const KEY_FILE: &str = "demo-api-key";

/// Code, name, region, zone, start of the business day.
const STORES: [(&str, &str, &str, &str, &str); 5] = [
    ("riverside", "Riverside", "East", "America/New_York", "04:00"),
    ("old-mill", "Old Mill", "East", "America/New_York", "04:00"),
    ("station", "Station Yard", "East", "America/New_York", "00:00"),
    ("lakeview", "Lakeview", "Lakes", "America/Chicago", "04:00"),
    ("canyon", "Canyon Road", "West", "America/Denver", "04:00"),
];

/// Sku, name, category, tags, price in cents.
pub(super) const PRODUCTS: [(&str, &str, &str, &[&str], i64); 22] = [
    ("draft-ipa", "Draft, Northbound IPA", "beer", &["draft"], 900),
    ("draft-lager", "Draft, Mill Lager", "beer", &["draft"], 750),
    ("draft-stout", "Draft, Ember Stout", "beer", &["draft"], 850),
    ("draft-saison", "Draft, Orchard Saison", "beer", &["draft", "seasonal"], 950),
    ("growler-fill", "Growler refill", "beer", &["refill"], 1_600),
    ("cider", "Hedgerow cider", "cider", &["draft"], 800),
    ("kombucha", "Ginger kombucha", "soft", &["no-alcohol"], 600),
    ("lemonade", "Rosemary lemonade", "soft", &["no-alcohol"], 500),
    ("coffee", "Filter coffee", "soft", &["no-alcohol"], 350),
    ("natural-white", "Natural wine, white", "wine", &["natural wine"], 1_200),
    ("natural-red", "Natural wine, red", "wine", &["natural wine"], 1_300),
    ("trout-toast", "Smoked trout toast", "kitchen", &["fish"], 1_400),
    ("pepper-dip", "Charred pepper dip", "kitchen", &["vegan"], 700),
    ("cheese-plate", "Cheese plate", "kitchen", &[], 1_650),
    ("mushroom-pie", "Mushroom pie", "kitchen", &["vegetarian"], 1_550),
    ("brisket", "Brisket sandwich", "kitchen", &[], 1_750),
    ("greens", "Bitter greens", "kitchen", &["vegan"], 900),
    ("fries", "Hand-cut fries", "kitchen", &["vegan"], 600),
    ("tart", "Apple tart", "kitchen", &["dessert"], 800),
    ("tshirt", "T-shirt", "shop", &[], 2_800),
    ("glass", "Tulip glass", "shop", &[], 1_200),
    ("deposit", "Bottle deposit", "deposit", &[], 50),
];

/// The customers whom the demo tells of, the most loyal first: name, e-mail.
const REGULARS: [(&str, &str); 16] = [
    ("Maya Okafor", CUSTOMER),
    ("Luis Herrera", "luis.herrera@mail.example"),
    ("Annika Lindqvist", "annika@mail.example"),
    ("Dwayne Whitfield", "dwayne.whitfield@mail.example"),
    ("Priyanka Nair", "p.nair@mail.example"),
    ("Tomás Ferreira", "tomas.ferreira@mail.example"),
    ("Grace Kimani", "grace.kimani@mail.example"),
    ("Jonas Weber", "jonas.weber@mail.example"),
    ("Sofia Rossi", "sofia.rossi@mail.example"),
    ("Ethan Clarke", "ethan.clarke@mail.example"),
    ("Leila Haddad", "leila.haddad@mail.example"),
    ("Noah Bergström", "noah.b@mail.example"),
    ("Chen Wei", "chen.wei@mail.example"),
    ("Aoife Brennan", "aoife.brennan@mail.example"),
    ("Mateo Vargas", "mateo.vargas@mail.example"),
    ("Hana Suzuki", "hana.suzuki@mail.example"),
];

/// The names that everybody else is made of.
const FIRST_NAMES: [&str; 19] = [
    "Amara", "Bram", "Camille", "Dario", "Elif", "Freya", "Gabriel", "Hye-jin", "Imani", "Jamal", "Katya",
    "Liam", "Mina", "Nadia", "Oscar", "Paula", "Rafael", "Sanne", "Tariq",
];
const LAST_NAMES: [&str; 17] = [
    "Abebe", "Bianchi", "Castillo", "Dubois", "Eriksen", "Fischer", "Greene", "Hughes", "Ibrahim", "Jansen",
    "Kaya", "Lopez", "Moreau", "Novak", "Ortiz", "Park", "Quinn",
];
/// How many customers there are: enough that one who comes every fifth evening is a regular.
pub(super) const CUSTOMERS: usize = 180;

/// What the shops call a customer.
pub(super) fn external_id(number: usize) -> String {
    format!("hh-{}", 1001 + number)
}

/// Name and e-mail of a customer.
fn customer(number: usize) -> (String, String) {
    if let Some((name, email)) = REGULARS.get(number) {
        return ((*name).to_owned(), (*email).to_owned());
    }
    // Two lengths without a common divisor: no pair comes twice before all were there.
    let name = |names: &[&'static str]| names.get(number % names.len().max(1)).copied().unwrap_or_default();
    let (first, last) = (name(&FIRST_NAMES), name(&LAST_NAMES));
    (format!("{first} {last}"), format!("{first}.{last}@mail.example").to_lowercase())
}

/// When a customer was born, of the two in three who have told it; some keep the year to themselves.
fn birthday(number: usize) -> Option<String> {
    let (month, day) = (number * 5 % 12 + 1, number * 11 % 28 + 1);
    match number % 3 {
        0 => None,
        1 => Some(format!("{month:02}-{day:02}")),
        _ => Some(format!("{}-{month:02}-{day:02}", 1950 + number % 50)),
    }
}

/// What is printed about the demo.
#[derive(Debug, Serialize)]
pub struct Demo {
    merchant: String,
    owner_email: String,
    owner_password: String,
    analyst_email: String,
    cashier_email: String,
    customer_email: String,
    api_key: String,
}

impl Demo {
    /// Addresses, log-ins and a purchase to try, for a terminal.
    #[must_use]
    pub fn greeting(&self, base: &str) -> String {
        let Self {
            merchant,
            owner_email,
            owner_password,
            analyst_email,
            cashier_email,
            customer_email,
            api_key,
        } = self;
        format!(
            "Demo merchant Hearth & Hops\n\n  \
             Dashboard  {base}/dashboard\n             \
             {owner_email} or {analyst_email}, password “{owner_password}”\n  \
             Till       {base}/till\n             \
             {cashier_email}, password “{owner_password}”\n  \
             Portal     {base}/p/{merchant}\n             \
             {customer_email}; the code arrives at {base}/dev/mailbox\n\n\
             Open the portal, then post a purchase and watch the balance move:\n\n  \
             curl -s {base}/api/v1/purchases -H 'Authorization: Bearer {api_key}' \\\n    \
             -H 'Content-Type: application/json' -d '{{\"transaction_id\": \"'$(date +%s%N)'\", \"retailer\": \"riverside\",\n    \
             \"customer\": {{\"email\": \"{customer_email}\"}}, \"currency\": \"USD\",\n    \
             \"lines\": [{{\"product\": \"draft-ipa\", \"quantity\": 2, \"unit_price\": 900}}]}}'\n"
        )
    }
}

/// Loads the demo where it is missing.
///
/// # Errors
/// When the database fails or the data folder cannot be written.
pub async fn prepare(engine: &Engine, data_dir: &Path) -> anyhow::Result<Demo> {
    let merchant = match engine.merchant_by_slug(SLUG).await {
        Ok(merchant) => merchant,
        Err(Error::NotFound(What::Merchant)) => {
            eprintln!("Loading demo data (a few seconds, once)");
            create(engine).await?;
            engine.merchant_by_slug(SLUG).await?
        }
        Err(error) => return Err(error.into()),
    };
    let cx = Cx::system(merchant.id);
    // Purchases come last: where there are some, everything before them is complete, and what somebody has changed
    // since stays changed. Where there are none, an interrupted set-up is completed.
    let purchases =
        engine.purchase_list(&cx, &PurchaseFilter::default(), &PageRequest::new(Some(1), None)?).await?;
    if purchases.data.is_empty() {
        set_up(engine, &cx, merchant.created_at).await?;
        cashback::prepare(engine, &cx, merchant.created_at).await?;
    }
    purchases::load(engine, &cx, merchant.created_at).await?;
    tiers::prepare(engine, &cx).await?;
    rewards::redeem(engine, &cx).await?;
    policies::prepare(engine, &cx).await?;
    tenders::pay(engine, &cx).await?;
    referrals::bring(engine, &cx).await?;
    super::leaderboard::prepare(engine, &cx).await?;
    Ok(Demo {
        merchant: SLUG.to_owned(),
        owner_email: OWNER.to_owned(),
        owner_password: PASSWORD.to_owned(),
        analyst_email: ANALYST.to_owned(),
        cashier_email: CASHIER.to_owned(),
        customer_email: CUSTOMER.to_owned(),
        api_key: api_key(engine, &cx, data_dir).await?,
    })
}

async fn create(engine: &Engine) -> anyhow::Result<()> {
    let created = engine
        .merchant_create(NewMerchant {
            name: Label::new("Hearth & Hops")?,
            slug: Slug::new(SLUG)?,
            currency: "USD".parse().context("currency")?,
            time_zone: Zone::new("America/New_York")?,
            owner_email: Email::new(OWNER)?,
            owner_name: Some(PersonName::new("Priya Raman")?),
            owner_password: PASSWORD.to_owned(),
        })
        .await
        .map_err(explained)?;
    // So that `perennial clock` can show the night in which points expire.
    engine.sandbox_make(created.merchant_id).await?;
    Ok(())
}

/// Everything but the purchases; each step does nothing where it was done before.
async fn set_up(engine: &Engine, cx: &Cx, created_at: DateTime<Utc>) -> anyhow::Result<()> {
    let patch: MerchantPatch = serde_json::from_value(json!({
        "brand_color": "#b3472b",
        "default_country": "US",
        "point_value": {"points": 200, "amount": 100},
    }))?;
    engine.merchant_update(cx, patch).await.map_err(explained)?;
    let stores = STORES.map(|(code, name, region, zone, start)| -> anyhow::Result<NewRetailer> {
        Ok(serde_json::from_value(json!({
            "code": RetailerCode::new(code)?, "name": name, "region": region, "time_zone": zone, "business_day_start": start,
        }))?)
    });
    engine.retailer_upsert(cx, stores.into_iter().collect::<Result<_, _>>()?).await.map_err(explained)?;
    let products = PRODUCTS.map(|(sku, name, category, tags, _)| {
        serde_json::from_value::<NewProduct>(
            json!({"sku": sku, "name": name, "category": category, "tags": tags}),
        )
    });
    engine.product_upsert(cx, products.into_iter().collect::<Result<_, _>>()?).await.map_err(explained)?;
    let customers = (0..CUSTOMERS).map(|number| {
        let (name, email) = customer(number);
        serde_json::from_value::<NewCustomer>(
            json!({"name": name, "external_id": external_id(number), "email": email, "birthday": birthday(number)}),
        )
    });
    engine.customer_upsert(cx, customers.collect::<Result<_, _>>()?).await.map_err(explained)?;
    colleague(engine, cx, ANALYST, "Ana Moreno", Role::Analyst).await?;
    colleague(engine, cx, CASHIER, "Sofia Marsh", Role::Cashier).await?;
    promotions(engine, cx, created_at.date_naive()).await?;
    rewards::set_up(engine, cx).await
}

/// Somebody else who works there.
async fn colleague(engine: &Engine, cx: &Cx, email: &str, name: &str, role: Role) -> anyhow::Result<()> {
    let staff = NewStaff {
        email: Email::new(email)?,
        name: Some(PersonName::new(name)?),
        password: PASSWORD.to_owned(),
        role,
    };
    match engine.staff_add(cx, staff).await {
        Ok(_) | Err(Error::Conflict { code: "already_staff", .. }) => Ok(()),
        Err(error) => Err(explained(error)),
    }
}

async fn promotions(engine: &Engine, cx: &Cx, today: NaiveDate) -> anyhow::Result<()> {
    // A week, of which some days are over.
    let week = (today - TimeDelta::days(5), today + TimeDelta::days(2));
    let published = [
        json!({"name": "Base earn", "award_rate": "10", "products": {"exclude": ["category:deposit"]}, "priority": 1}),
        json!({"name": "Double points on draft, Thursdays", "multiplier": "2", "products": {"include": ["tag:draft"]},
               "weekdays": ["thu"], "hours": {"from": "17:00", "to": "04:00"}, "retailers": ["riverside", "old-mill"],
               "minimum_amount": 1_000, "max_points_per_purchase": 500, "stacking": {"group": "Multipliers", "mode": "best"}, "priority": 20}),
        json!({"name": "Natural wine week", "multiplier": "3", "products": {"include": ["tag:natural wine"]},
               "starts_at": format!("{}T00:00:00", week.0), "ends_at": format!("{}T23:59:59", week.1),
               "regions": ["East"], "stacking": {"group": "Multipliers", "mode": "best"}, "priority": 10}),
        json!({"name": "Spend $50, get 250", "flat_points": 250, "minimum_amount": 5_000, "products": {"exclude": ["category:shop", "category:deposit"]},
               "max_points_per_customer": {"points": 500, "per": "month"}, "budget": {"points": 100_000, "when_exhausted": "partial"},
               "pending_days": 14}),
        json!({"name": "Welcome: 250 on the first purchase", "flat_points": 250, "first_purchase_only": true}),
    ];
    let draft = json!({"name": "Patio happy hour", "award_rate": "5", "products": {"include": ["category:beer", "category:cider"]},
                       "weekdays": ["mon", "tue", "wed"], "hours": {"from": "15:00", "to": "18:00"}});
    let existing =
        engine.promotion_list(cx, &PromotionFilter::default(), &PageRequest::default()).await?.data;
    for terms in published {
        let promotion = drafted(engine, cx, &existing, terms).await?;
        if promotion.published_at.is_none() {
            engine.promotion_publish(cx, promotion.id, None).await.map_err(explained)?;
        }
    }
    drafted(engine, cx, &existing, draft).await?;
    Ok(())
}

/// The promotion with this name, drafted unless it exists.
async fn drafted(
    engine: &Engine,
    cx: &Cx,
    existing: &[PromotionView],
    terms: Value,
) -> anyhow::Result<PromotionView> {
    let input: PromotionInput = serde_json::from_value(terms)?;
    let terms = input.check().map_err(|fields| explained(Error::Invalid(fields)))?;
    match existing.iter().find(|promotion| promotion.terms.name == terms.name) {
        Some(promotion) => Ok(promotion.clone()),
        None => engine.promotion_create(cx, terms).await.map_err(explained),
    }
}

/// The key of the printed curl: the one from last time while it works, else a new one.
async fn api_key(engine: &Engine, cx: &Cx, data_dir: &Path) -> anyhow::Result<String> {
    let file = data_dir.join(KEY_FILE);
    if let Ok(kept) = std::fs::read_to_string(&file)
        && let Ok(owner) = engine.authenticate(kept.trim()).await
        && owner.merchant() == cx.merchant()
    {
        return Ok(kept.trim().to_owned());
    }
    let name = Label::new("Demo till")?;
    let (_, secret) = engine
        .api_key_create(cx, NewApiKey { name, scopes: Scope::ALL.to_vec(), retailer: None })
        .await
        .map_err(explained)?;
    write_private(&file, secret.expose()).with_context(|| file.display().to_string())?;
    Ok(secret.expose().to_owned())
}

fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut open =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    open.write_all(text.as_bytes())
}
