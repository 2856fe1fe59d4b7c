//! Who the customer is, for which program, and until when the token holds.

use chrono::{DateTime, Utc};
use perennial_domain::{
    birthday::Birthday,
    ids::{CustomerId, CustomerTokenId},
};
use perennial_engine::{Error, customers::Customer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::super::customer_tokens::Ended;
use crate::api::{
    ApiState,
    auth::Me,
    call::{Answer, found},
    json::Json,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(read))
        .routes(routes!(tell_birthday))
        .routes(routes!(sign_out))
        .routes(routes!(sign_out_everywhere))
}

/// A customer, as the customer sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyProfile)]
struct Profile {
    /// The customer.
    id: CustomerId,
    /// What the customer is called.
    name: Option<String>,
    /// The e-mail address.
    email: Option<String>,
    /// The telephone number, in E.164.
    phone: Option<String>,
    /// The number of the loyalty card.
    card: Option<String>,
    /// The birthday: month and day, and the year of those who have told it.
    birthday: Option<Birthday>,
    /// When the customer joined.
    created_at: DateTime<Utc>,
    /// The program.
    program: Program,
    /// The token of this request.
    token: Token,
}

/// The program of a merchant, as far as an app has to know it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyProgram)]
struct Program {
    /// Its name in addresses.
    slug: String,
    /// What it is called.
    name: String,
    /// What its points are called.
    points_name: String,
    /// The currency of money in it, ISO 4217.
    currency: String,
    /// The zone of its dates, an IANA name.
    time_zone: String,
    /// Whether customers can recommend it.
    referrals: bool,
    /// Whether it has a leaderboard.
    leaderboard: bool,
}

/// The token of a request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyToken)]
struct Token {
    /// The token.
    id: CustomerTokenId,
    /// The first instant at which it opens nothing any more.
    expires_at: DateTime<Utc>,
}

/// Read who I am
#[utoipa::path(
    get, path = "/me", operation_id = "read_me", tag = "Client apps",
    responses((status = 200, description = "The customer and the program.", body = Profile)),
)]
async fn read(me: Me) -> Answer {
    let customer = me.engine().customer_get(&me.call.cx, me.id).await?;
    found(profile(&me, customer).await)
}

async fn profile(me: &Me, customer: Customer) -> Result<Profile, Error> {
    let snapshot = me.engine().snapshot(&me.call.cx).await?;
    let settings = &snapshot.settings;
    Ok(Profile {
        id: customer.id,
        name: customer.name,
        email: customer.email,
        phone: customer.phone,
        card: customer.card,
        birthday: customer.birthday,
        created_at: customer.created_at,
        program: Program {
            slug: snapshot.slug.to_string(),
            name: settings.name.to_string(),
            points_name: settings.points_name.to_string(),
            currency: settings.currency.code().to_owned(),
            time_zone: settings.time_zone.to_string(),
            referrals: settings.referrals.enabled,
            leaderboard: me.engine().has_leaderboard(&me.call.cx).await?,
        },
        token: Token { id: me.holder.token, expires_at: me.holder.expires_at },
    })
}

/// When the customer was born.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MyBirthday)]
struct BirthdayInput {
    /// Month and day such as `05-17`, or with the year `1990-05-17`.
    birthday: Birthday,
}

/// Tell my birthday
///
/// Once: what gives something every year is not moved about. Whoever told a wrong one asks the merchant to correct it. The same
/// again changes nothing.
#[utoipa::path(
    put, path = "/me/birthday", operation_id = "tell_my_birthday", tag = "Client apps", request_body = BirthdayInput,
    responses(
        (status = 200, description = "The customer as it is now.", body = Profile),
        (status = 409, description = "Another one was told before (`birthday_fixed`)."),
    ),
)]
async fn tell_birthday(me: Me, input: Json<BirthdayInput>) -> Answer {
    let customer = me.engine().birthday_set(&me.call.cx, me.id, input.value.birthday).await?;
    found(profile(&me, customer).await)
}

/// Sign out
///
/// Ends the token of this request.
#[utoipa::path(
    delete, path = "/me/token", operation_id = "end_my_token", tag = "Client apps",
    responses((status = 200, description = "It is ended.", body = Ended)),
)]
async fn sign_out(me: Me) -> Answer {
    let ended = me.engine().customer_token_end(&me.call.cx, me.id, me.holder.token).await;
    found(ended.map(|()| Ended { ended: 1 }))
}

/// Sign out everywhere
///
/// Ends all tokens of the customer, this one included.
#[utoipa::path(
    delete, path = "/me/tokens", operation_id = "end_my_tokens", tag = "Client apps",
    responses((status = 200, description = "How many there were.", body = Ended)),
)]
async fn sign_out_everywhere(me: Me) -> Answer {
    let ended = me.engine().customer_tokens_end(&me.call.cx, me.id).await;
    found(ended.map(|ended| Ended { ended }))
}
