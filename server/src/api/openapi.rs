//! The description of the API (OpenAPI 3.1), made from the routes themselves.
//!
//! Paths, parameters and shapes come from the handlers and types; what holds for every operation (credentials,
//! refusals, the idempotency key) and the examples are added here, so that no handler can forget them.

mod examples;

use serde_json::{Map, Value, json};
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::{
        OpenApi as Document,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::router::OpenApiRouter;

use super::{
    ApiState,
    problem::{self, FieldProblem},
    v1,
};

pub use examples::{request as example_request, response as example_response};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Perennial API",
        version = "1",
        description = "Points, promotions and purchases of a loyalty program.\n\n\
            Money is an integer in minor units of an ISO 4217 currency (`1999` and `USD` are $19.99). Points are integers, \
            rates decimal texts. Ids are UUIDs; where a path takes a customer it also takes `ext:` and an external id. \
            Instants are RFC 3339. Unknown fields are refused. Errors are RFC 9457 problems. Lists answer `data` and \
            `next`; `next` goes into `after`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    tags(
        (name = "Purchases", description = "What a till posts, and what it earned."),
        (name = "Returns", description = "What comes back of a purchase, and what that takes back."),
        (name = "Quotes", description = "What a basket would earn and cost, before anybody pays."),
        (name = "Claims", description = "Purchases without a customer, claimed later."),
        (name = "Events", description = "What other systems tell has happened."),
        (name = "Customers", description = "The people in a program."),
        (name = "Points", description = "Where a customer stands."),
        (name = "Retailers", description = "The stores of a merchant."),
        (name = "Products", description = "What is sold."),
        (name = "Promotions", description = "Versioned rules that turn purchases into points."),
        (name = "Cashback", description = "Money back on what is paid."),
        (name = "Tiers", description = "What customers reach by what they do, and where each of them stands."),
        (name = "Leaderboards", description = "Who has earned most this week, this month and ever."),
        (name = "Rewards", description = "What customers can have for points, and the vouchers that prove it."),
        (name = "Referrals", description = "Who recommends the program, who came by that, and what becomes of it."),
        (name = "Reward policies", description = "Sentences that say who gets what, and when."),
        (name = "Messages", description = "What the program's letters say, and which of them a customer wants."),
        (name = "Client apps", description = "What an app of the merchant shows and does for one customer, with a token of the customer."),
        (name = "API keys", description = "With which programs speak for a merchant."),
        (name = "Requests", description = "What programs and apps have asked, and why they were refused."),
        (name = "Webhooks", description = "What the program tells other systems, and how that went."),
        (name = "Merchant", description = "The settings of the program."),
        (name = "Queues", description = "How the modules keep up, and what they gave up."),
        (name = "Reconciliation", description = "Proof that the books are right."),
    ),
    components(schemas(ProblemDocument, FieldProblem, perennial_engine::requests::RequestClass, perennial_engine::api_keys::ApiKeyState, perennial_engine::purchases::ReturnedPart, perennial_engine::points::Movements)),
    modifiers(&Credentials),
    security(("api_key" = [])),
)]
struct ApiDocument;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "An API key: `Authorization: Bearer prn_…`. It belongs to one merchant and has scopes.",
            ))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme));
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A token of a customer: `Authorization: Bearer prc_…`. It opens what is below `/me`, for that customer only.",
            ))
            .build();
        components.add_security_scheme("customer_token", SecurityScheme::Http(scheme));
    }
}

/// What a caller has to bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// A key of the merchant.
    ApiKey,
    /// A token of a customer.
    CustomerToken,
    /// Nothing: the call is how one gets a token.
    Nothing,
}

impl Credential {
    /// What the operations of a path take.
    #[must_use]
    pub fn of(path: &str) -> Self {
        match path.strip_prefix("/api/v1/").unwrap_or(path).split('/').next() {
            Some("me") => Self::CustomerToken,
            Some("auth") => Self::Nothing,
            _ => Self::ApiKey,
        }
    }
}

/// An error, as RFC 9457 has it.
#[derive(Debug, ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "describes what `problem::WireProblem` writes")]
pub struct ProblemDocument {
    /// Address of a page about this kind of problem.
    r#type: String,
    /// The same for every problem of this kind.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened this time.
    detail: String,
    /// Stable machine-readable name.
    code: String,
    /// What is wrong with the request, field by field.
    errors: Option<Vec<FieldProblem>>,
    /// Name of the request, for questions.
    request_id: Option<String>,
}

/// All routes of the API with their descriptions.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(ApiDocument::openapi()).nest("/api/v1", v1::routes())
}

/// Completes the document that the routes made.
#[must_use]
pub fn finish(document: Document) -> Value {
    // A document is built from plain structures of texts and maps; writing it as a value cannot fail.
    let mut document = serde_json::to_value(document).unwrap_or_default();
    add_shared_responses(&mut document);
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return document };
    for (path, item) in paths {
        let Some(item) = item.as_object_mut() else { continue };
        for (method, operation) in item {
            if let Some(operation) = operation.as_object_mut() {
                complete(path, method, operation);
            }
        }
    }
    document
}

/// The whole document.
#[must_use]
pub fn document() -> Value {
    finish(routes().into_openapi())
}

fn complete(path: &str, method: &str, operation: &mut Map<String, Value>) {
    let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
    // Whoever names no body looks at it all the same: it has to be empty, or an empty object.
    let reads_body = operation.contains_key("requestBody") || method == "post";
    let has_parameter = |field: &str, value: &str| {
        let mut parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        parameters.any(|parameter| parameter.get(field).is_some_and(|found| found == value))
    };
    let (has_query, can_be_tried) = (has_parameter("in", "query"), has_parameter("name", "dry_run"));
    if let Some(example) = examples::request(&id) {
        set_example(operation.get_mut("requestBody"), example);
    }
    let mut refusals = match Credential::of(path) {
        Credential::ApiKey => vec!["401", "403", "429", "503"],
        Credential::CustomerToken => {
            operation.insert("security".to_owned(), json!([{"customer_token": []}]));
            vec!["401", "403", "429", "503"]
        }
        Credential::Nothing => {
            operation.insert("security".to_owned(), json!([]));
            vec!["429", "503"]
        }
    };
    if path.contains('{') {
        refusals.push("404");
    }
    // Every operation refuses parameters that it does not know.
    refusals.push("422");
    if has_query || reads_body {
        refusals.push("400");
    }
    if reads_body {
        refusals.extend(["413", "415"]);
    }
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    if let Some(responses) = responses.as_object_mut() {
        if let Some(example) = examples::response(&id) {
            let success =
                responses.iter_mut().find(|(status, _)| status.starts_with('2') && *status != "200");
            let success = success.map(|(status, _)| status.clone()).unwrap_or_else(|| "200".to_owned());
            set_example(responses.get_mut(&success), example);
        }
        if can_be_tried && let Some(made) = responses.get("201").cloned() {
            // What is only tried makes nothing.
            let description = "A dry run: the body that would have come, and `dry_run: true`.";
            responses
                .entry("200")
                .or_insert_with(|| json!({"description": description, "content": made["content"]}));
        }
        for status in refusals {
            responses
                .entry(status)
                .or_insert_with(|| json!({"$ref": format!("#/components/responses/Problem{status}")}));
        }
        for (status, response) in responses.iter_mut() {
            let is_error = status.starts_with('4') || status.starts_with('5');
            if let Some(response) = response.as_object_mut()
                && is_error
                && !response.contains_key("$ref")
            {
                response.insert("content".to_owned(), problem_content());
            }
        }
    }
    // The key of a purchase is its transaction id, that of an event its source and id; a code works once, and some write
    // nothing that a second time could double. All other creations take a key in a header.
    let keyed = path.starts_with("/api/v1/purchases")
        || Credential::of(path) == Credential::Nothing
        || [
            "/api/v1/quotes",
            "/api/v1/events",
            "/api/v1/me/referral-code",
            "/api/v1/me/notifications/read",
            "/api/v1/me/erase",
            "/api/v1/me/erase/codes",
            "/api/v1/reward-policies/try",
            "/api/v1/promotions/{id}/replay",
            "/api/v1/message-templates/{kind}/preview",
        ]
        .contains(&path);
    if method == "post" && !keyed {
        let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
        if let Some(parameters) = parameters.as_array_mut() {
            parameters.push(json!({"$ref": "#/components/parameters/IdempotencyKey"}));
        }
    }
}

fn set_example(body: Option<&mut Value>, example: Value) {
    if let Some(content) = body.and_then(|body| body.pointer_mut("/content/application~1json")) {
        content["example"] = example;
    }
}

fn problem_content() -> Value {
    json!({problem::MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}})
}

/// What any operation may answer, said once.
fn add_shared_responses(document: &mut Value) {
    const REFUSALS: [(&str, &str); 9] = [
        (
            "400",
            "The request could not be understood: `malformed_json`, `malformed_query`, `malformed_request`.",
        ),
        ("401", "No API key or token, or not a valid one: `unauthorized`."),
        (
            "403",
            "The key lacks the scope for this, is bound to another retailer, or is a token where a key is needed: `forbidden`.",
        ),
        (
            "404",
            "There is no such thing, or it belongs to another merchant: `not_found`, `customer_not_found`.",
        ),
        (
            "413",
            "The body is too long or has too many parts: `body_too_large`, `too_many_lines`, `too_many_items`, `too_many_codes`.",
        ),
        ("415", "The body is not of the media type that is expected: `unsupported_media_type`."),
        (
            "422",
            "The content is wrong; `errors` names every field: `invalid`, `unknown_retailer`, `idempotency_key_reused`. Parameters that the address does not take are refused too.",
        ),
        ("429", "Too many requests: `too_many_requests`. Wait as long as `Retry-After` says."),
        ("503", "Busy for the moment: `busy`. Wait as long as `Retry-After` says and send the same again."),
    ];
    let mut responses = Map::new();
    for (status, description) in REFUSALS {
        let mut response = json!({"description": description, "content": problem_content()});
        if matches!(status, "429" | "503") {
            response["headers"] =
                json!({"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}});
        }
        responses.insert(format!("Problem{status}"), response);
    }
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.insert("responses".to_owned(), Value::Object(responses));
        components.insert(
            "parameters".to_owned(),
            json!({"IdempotencyKey": {
                "name": "Idempotency-Key", "in": "header", "required": false,
                "description": "The same request with the same key has one effect and gets the first answer again, for 30 days.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            }}),
        );
    }
}
