//! Schemas for OpenAPI of the types that are a single string or number in JSON.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::access::Scope;
use crate::birthday::Birthday;
use crate::codes::{
    AppOrigin, BrandColor, CardNumber, CategoryName, ClaimCode, Country, Description, Email, ExternalId,
    GroupName, Label, PersonName, Phone, ReferralCode, Region, RetailerCode, ReturnKey, Sku, Slug, Tag,
    TransactionId, VoucherCode, Zone,
};
use crate::ids::{
    ApiKeyId, AwardId, ClaimId, CustomerId, CustomerTokenId, MerchantId, OfferId, PolicyId, ProductId,
    PromotionId, PurchaseId, RedemptionId, RetailerId, RewardId, StaffId, TierId, VoucherId,
};
use crate::money::{Amount, Currency, MAX_SAFE_INTEGER};
use crate::points::{Points, Rate, Remainder};

macro_rules! scalar {
    ($($name:ident: $schema:expr;)*) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $schema.build().into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

scalar! {
    MerchantId: id();
    RetailerId: id();
    ProductId: id();
    CustomerId: id();
    PromotionId: id();
    PurchaseId: id();
    ApiKeyId: id();
    CustomerTokenId: id();
    StaffId: id();
    ClaimId: id();
    OfferId: id();
    RewardId: id();
    RedemptionId: id();
    VoucherId: id();
    TierId: id();
    PolicyId: id();
    AwardId: id();
    ReferralCode: string("10 letters and digits", "K7QF2M9XTB");
    Amount: integer("Whole minor units of the currency").minimum(Some(0)).maximum(Some(MAX_SAFE_INTEGER));
    Points: integer("Whole points");
    Currency: string("A currency code of ISO 4217", "USD");
    Rate: string("An exact decimal with at most six places", "2.5");
    Remainder: string("An exact decimal with at most nine places, below zero with a minus", "0.4");
    Zone: string("A time zone of the IANA database", "Europe/Berlin");
    Scope: string("What a key is good for", Scope::PurchasesWrite.as_str())
        .enum_values(Some(Scope::ALL.map(Scope::as_str)));
    Slug: string("Lower-case letters, digits and hyphens", "hearth-and-hops").max_length(Some(63));
    Sku: string("Stock keeping unit", "DRAFT-500").max_length(Some(64));
    RetailerCode: string("Code of a retailer", "riverside").max_length(Some(64));
    TransactionId: string("The till's name for a purchase", "20417").max_length(Some(128));
    ReturnKey: string("The till's name for a return", "20417-R1").max_length(Some(128));
    Region: string("Region of a retailer", "coast").max_length(Some(64));
    CategoryName: string("Category of a product", "drinks").max_length(Some(64));
    Tag: string("Tag of a product", "draft").max_length(Some(64));
    GroupName: string("Stacking group", "default").max_length(Some(64));
    Label: string("What people call it", "Double points on draft").max_length(Some(120));
    PersonName: string("What a person is called", "Maya Okafor").max_length(Some(200));
    BrandColor: string("A colour", "#2f6b4f");
    AppOrigin: string("Scheme, host and perhaps port of a site", "https://app.shop.example").max_length(Some(267));
    Birthday: string("Month and day, and the year where it is known", "1990-05-17").max_length(Some(10));
    Email: string("An e-mail address", "maya@example.com").max_length(Some(254));
    Phone: string("A telephone number in the form of E.164", "+4930123456");
    CardNumber: string("A loyalty card's number", "6035550123").max_length(Some(64));
    ExternalId: string("The id in another system", "crm-1842").max_length(Some(128));
    Country: string("Two letters of ISO 3166", "DE");
    Description: string("A few plain sentences", "One pint of whatever is on tap").max_length(Some(500));
    VoucherCode: string("The code of a voucher", "7F3A9C02XK41P0QZ").max_length(Some(64));
    ClaimCode: string("16 letters and digits", "7F3A9C02XK41P0QZ");
}

fn id() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
}

fn integer(description: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .description(Some(description))
}

fn string(description: &str, example: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description)).examples([example])
}
