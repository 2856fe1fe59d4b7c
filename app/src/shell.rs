//! The HTML document around an application, and how a request becomes one.

use crate::assets::Bundle;
use crate::form::FormState;
use crate::owner;
use crate::portal::Drawing;
use crate::portal::merchant::PortalMerchant;
use crate::portal::sign_in::SignInStep;
use crate::security::script_policy;
use crate::session::cookie_named;
use crate::state::AppState;
use crate::ui::Theme;
use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::MetaTags;

/// Which application a document carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum App {
    /// A merchant's portal.
    Portal,
    /// The dashboard.
    Dashboard,
}

/// Renders the page at the address of this request.
pub async fn render(state: &AppState, app: App, request: Request<Body>) -> Response {
    respond(state, app, request, None).await
}

/// Renders the page at the address of a refused form again, with what was typed and what was wrong: status 422.
pub async fn render_form(state: &AppState, app: App, mut parts: Parts, form: FormState) -> Response {
    // As if the page had been asked for.
    parts.method = Method::GET;
    let mut response = respond(state, app, Request::from_parts(parts, Body::empty()), Some(form)).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    response
}

async fn respond(state: &AppState, app: App, request: Request<Body>, form: Option<FormState>) -> Response {
    let theme = theme(request.headers());
    let merchant = request.extensions().get::<PortalMerchant>().cloned();
    let step = request.extensions().get::<SignInStep>().cloned();
    let (parts, body) = request.into_parts();
    let drawing = match app {
        App::Portal => Drawing::of(state, &parts, form.as_ref()).await,
        App::Dashboard => None,
    };
    // What the server has drawn holds the refused form already.
    let form = form.filter(|_| drawing.is_none());
    let request = Request::from_parts(parts, body);
    let at_till = app == App::Dashboard && crate::dashboard::is_till(request.uri().path());
    let head =
        Head { touch: app == App::Portal || at_till, ..Head::new(state, app, theme, merchant.as_ref()) };
    let state = state.clone();
    let context = move || {
        provide_context(state.clone());
        provide_context(theme);
        if let Some(form) = &form {
            provide_context(form.clone());
        }
        if let Some(merchant) = &merchant {
            provide_context(merchant.clone());
        }
        if let Some(step) = &step {
            provide_context(step.clone());
        }
        if let Some(drawing) = &drawing {
            provide_context(drawing.clone());
        }
    };
    let document = move || match app {
        App::Portal => document(head.clone(), crate::portal::PortalApp).into_any(),
        App::Dashboard => document(head.clone(), crate::dashboard::DashboardApp).into_any(),
    };
    whole(leptos_axum::render_app_async_with_context(context, document)(request).await).await
}

/// Takes the rendered page out of its stream and puts what follows the document into it: Leptos adds the scripts
/// with the data of the page behind `</html>`.
async fn whole(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    match axum::body::to_bytes(body, usize::MAX).await {
        Ok(page) => {
            let page = match std::str::from_utf8(&page).ok().and_then(tail_inside) {
                Some(page) => Body::from(page),
                None => Body::from(page),
            };
            Response::from_parts(parts, page)
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

/// The page with everything behind `</html>` moved to the end of its body; nothing when there is no document.
fn tail_inside(page: &str) -> Option<String> {
    // Neither tag can stand in the data of the scripts: Leptos escapes every `<` there.
    let (document, end) = page.rsplit_once("</body>")?;
    let (_, tail) = end.split_once("</html>")?;
    // Markers between views, of no use outside the body.
    let tail = tail.trim_start_matches("<!>");
    Some([document, tail, "</body></html>"].concat())
}

/// What the head of a document needs to know.
#[derive(Clone, Debug)]
struct Head {
    css: String,
    bundle: Option<Bundle>,
    theme: Theme,
    icon: String,
    /// Portal and till have larger targets.
    touch: bool,
    /// In the merchant's colours.
    branded: bool,
    /// The merchant's one colour.
    brand: Option<String>,
    /// What a search engine would say, or who shares the address.
    description: String,
}

impl Head {
    fn new(state: &AppState, app: App, theme: Theme, merchant: Option<&PortalMerchant>) -> Self {
        let (bundle, css) = match app {
            App::Portal => (state.assets.portal(), state.assets.portal_css()),
            App::Dashboard => (state.assets.dashboard(), state.assets.css()),
        };
        let icon = match merchant {
            Some(merchant) => merchant.path("icon.svg"),
            None => "/favicon.svg".to_owned(),
        };
        Self {
            css: css.to_owned(),
            bundle: Some(bundle.clone()),
            theme,
            icon,
            touch: app == App::Portal,
            branded: app == App::Portal,
            brand: merchant.and_then(|merchant| merchant.brand_color.clone()),
            description: match merchant {
                Some(merchant) => {
                    format!("Your {} at {}, and where they come from.", merchant.points_name, merchant.name)
                }
                None => "Customers, purchases, promotions and rewards of a loyalty program.".to_owned(),
            },
        }
    }
}

fn document<V: IntoView + 'static>(head: Head, body: impl Fn() -> V) -> impl IntoView {
    let Head { css, bundle, theme, icon, touch, branded, brand, description } = head;
    // A portal without a colour of its own has ours, as a merchant's colour: fields stay dark by night.
    let branded = (branded || brand.is_some()).then_some("");
    let brand = brand.map(|color| format!("--brand: {color}"));
    let nonce = use_nonce();
    if let (Some(nonce), Some(response)) = (&nonce, use_context::<ResponseOptions>())
        && let Ok(policy) = HeaderValue::try_from(script_policy(nonce))
    {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
    let scripts = bundle.map(|Bundle { js, wasm }| {
        let start = format!(
            "import init, {{ hydrate }} from '{js}'; init({{ module_or_path: '{wasm}' }}).then(() => hydrate());"
        );
        view! {
            <link rel="modulepreload" href=js/>
            <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin=""/>
            <script type="module" nonce=nonce inner_html=start></script>
        }
    });
    view! {
        <!DOCTYPE html>
        <html
            lang="en"
            data-theme=theme.attribute()
            data-density=touch.then_some("touch")
            data-brand=branded
            style=brand
        >
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="description" content=description/>
                <link rel="icon" type="image/svg+xml" href=icon/>
                <link rel="preload" href="/fonts/besley-latin.woff2" r#as="font" r#type="font/woff2" crossorigin=""/>
                <link rel="preload" href="/fonts/hanken-grotesk-latin.woff2" r#as="font" r#type="font/woff2" crossorigin=""/>
                <link rel="stylesheet" href=css/>
                {scripts}
                <MetaTags/>
            </head>
            <body>{body()}</body>
        </html>
    }
}

/// A page without any script: rendered at once, with nothing to fetch.
pub fn plain<V: IntoView + 'static>(
    state: &AppState,
    headers: &HeaderMap,
    status: StatusCode,
    title: &'static str,
    body: impl FnOnce() -> V,
) -> Response {
    let css = state.assets.css().to_owned();
    let theme = theme(headers).attribute();
    let html = owner::apart().with(|| {
        view! {
            <!DOCTYPE html>
            <html lang="en" data-theme=theme>
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <meta name="description" content="Perennial is an open-source loyalty platform that a merchant runs itself: points that can say why."/>
                    <title>{title}</title>
                    <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                    <link rel="preload" href="/fonts/besley-latin.woff2" r#as="font" r#type="font/woff2" crossorigin=""/>
                    <link rel="preload" href="/fonts/hanken-grotesk-latin.woff2" r#as="font" r#type="font/woff2" crossorigin=""/>
                    <link rel="stylesheet" href=css/>
                </head>
                <body>{body()}</body>
            </html>
        }
        .to_html()
    });
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// What the person chose to look at, from the cookie.
pub fn theme(headers: &HeaderMap) -> Theme {
    let chosen = |name: &str| cookie_named(headers, name).map(|theme| Theme::parse(&theme));
    crate::ui::THEME_COOKIES.into_iter().find_map(chosen).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::tail_inside;

    #[test]
    fn what_follows_the_document_moves_into_it() {
        let page = "<html><body><p>1</p></body><!></html><!><script>2</script>";
        assert_eq!(
            tail_inside(page).as_deref(),
            Some("<html><body><p>1</p><script>2</script></body></html>")
        );
        let page = "<html><body></body></html>";
        assert_eq!(tail_inside(page).as_deref(), Some(page));
        assert_eq!(tail_inside("no document"), None);
    }
}
