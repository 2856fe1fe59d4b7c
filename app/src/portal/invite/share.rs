//! The link, as text, as a code to scan, and on its way to others.

use crate::address::address;
use crate::portal::card::code::qr;
use crate::portal::drawn::Ask;
use crate::ui::{Button, Card, CardBody, Icon, QrView, Select, SelectOption, icon};
use leptos::prelude::*;
use perennial_domain::referrals::{Target, link_path};
use perennial_domain::settings::MerchantSettings;
use perennial_engine::referrals::ReferralCodeView;

/// What is shared.
pub(super) struct Shared {
    /// The code, in the groups that people read.
    code: String,
    /// The whole link.
    link: String,
    /// The link to scan; nothing when it is too long for one.
    qr: Option<QrView>,
    /// What is said beside the link.
    text: String,
    /// What can be shared: where it leads, and what it is called. The program itself first, with no address.
    targets: Vec<(String, String)>,
    /// Where the link leads; empty for the program itself.
    to: String,
    /// Any page of these sites can be shared: the first of them, as an example.
    site: Option<String>,
    /// What is wrong with the page that was to be shared.
    problem: Option<String>,
    /// The address of this page.
    here: String,
}

impl Shared {
    /// The link of this code to what the address asks for, as far as the merchant lets links lead there.
    pub(super) fn of(ask: &Ask, settings: &MerchantSettings, code: &ReferralCodeView) -> Self {
        let asked = ask.query("to").map(str::trim).filter(|to| !to.is_empty());
        let asked = asked.map(|to| Target::new(to).ok().filter(|to| settings.links_may_lead_to(to)));
        let problem = matches!(asked, Some(None))
            .then(|| "Links cannot lead to this page. Please choose another.".to_owned());
        let target = asked.flatten();
        let link = format!("{}{}", ask.state.config.base_url, link_path(&code.code, target.as_ref()));
        let to = target.map(|target| target.as_str().to_owned()).unwrap_or_default();
        let own = (String::new(), ask.merchant.name.clone());
        let policy = &settings.referrals;
        let others =
            policy.targets.iter().map(|one| (one.url.as_str().to_owned(), one.name.as_str().to_owned()));
        let targets: Vec<_> = std::iter::once(own).chain(others).collect();
        let what = targets.iter().find(|(url, _)| *url == to).map_or(&ask.merchant.name, |(_, name)| name);
        let text = match to.is_empty() || *what == ask.merchant.name {
            true => format!("Have a look at {}:", ask.merchant.name),
            false => format!("Have a look at “{what}” at {}:", ask.merchant.name),
        };
        Self {
            code: code.code.grouped(),
            qr: qr(&link).ok(),
            text,
            targets,
            to,
            site: settings.link_sites().first().map(|site| (*site).to_owned()),
            problem,
            here: ask.here(),
            link,
        }
    }

    /// Where each way to pass the link on leads.
    fn ways(&self) -> [(&'static str, String); 6] {
        let (text, link) = (self.text.as_str(), self.link.as_str());
        let both = format!("{text} {link}");
        let to = |path: &str, fields: &[(&str, &str)]| address(path, fields, None);
        [
            ("WhatsApp", to("https://wa.me/", &[("text", &both)])),
            ("Telegram", to("https://t.me/share/url", &[("url", link), ("text", text)])),
            ("X", to("https://x.com/intent/post", &[("text", text), ("url", link)])),
            ("Facebook", to("https://www.facebook.com/sharer/sharer.php", &[("u", link)])),
            ("SMS", to("sms:", &[("body", &both)])),
            ("E-mail", to("mailto:", &[("subject", text.trim_end_matches(':')), ("body", &both)])),
        ]
    }
}

/// The card with the link.
#[component]
pub(super) fn Share(
    /// What is shared.
    shared: Shared,
) -> impl IntoView {
    let ways = shared.ways().map(|(name, href)| {
        view! { <a class="btn btn--sm" href=href target="_blank" rel="external noopener">{name}</a> }
    });
    let Shared { code, link, qr, text, targets, to, site, problem, here } = shared;
    let shown = link.split_once("://").map_or(link.as_str(), |(_, rest)| rest).to_owned();
    let qr = qr.map(|QrView { size, path, .. }| {
        view! {
            <span class="qr invite__qr">
                <svg viewBox=format!("0 0 {size} {size}") role="img" aria-label="QR code of your link" fill="currentColor">
                    <path d=path></path>
                </svg>
            </span>
        }
    });
    let problem = problem.map(|problem| view! { <p class="field__error" role="alert"><Icon glyph=icon::WARNING/><span>{problem}</span></p> });
    let choose = (targets.len() > 1).then(|| {
        let options =
            targets.into_iter().map(|(value, label)| SelectOption { value, label }).collect::<Vec<_>>();
        let (here, to) = (here.clone(), to.clone());
        view! {
            <form method="get" action=here class="invite__choose">
                <Select name="to" label="What to share" options=options value=to/>
                <Button>"Show the link"</Button>
            </form>
        }
    });
    let other = site.map(|site| {
        view! {
            <details class="undo">
                <summary><Icon glyph=icon::LINK/>"Share another page"</summary>
                <form method="get" action=here class="stack">
                    <label class="field__label" for="page">"Address of the page"</label>
                    <input class="input" id="page" name="to" type="url" inputmode="url" required placeholder=format!("{site}/…")/>
                    <Button block=true>"Show the link"</Button>
                </form>
            </details>
        }
    });
    view! {
        <Card>
            <CardBody>
                <div class="stack invite">
                    <div class="invite__link">
                        {qr}
                        <div>
                            <span class="small muted">"Your code"</span>
                            <b class="mono invite__code">{code}</b>
                            <a class="small invite__address" href=link.clone() rel="external">{shown}</a>
                        </div>
                    </div>
                    {problem}
                    {choose}
                    // What needs scripts shows itself where they run.
                    <div class="row invite__tools">
                        <button type="button" class="btn btn--primary" data-share=link.clone() data-text=text>
                            <Icon glyph=icon::SEND/><span>"Share"</span>
                        </button>
                        <button type="button" class="btn" data-copy=link>
                            <Icon glyph=icon::COPY/><span>"Copy link"</span>
                        </button>
                    </div>
                    <div class="row invite__ways" role="group" aria-label="Share with">{ways.collect_view()}</div>
                    {other}
                </div>
            </CardBody>
        </Card>
    }
}
