//! What a page gives: its markup, and what the browser should know about it.

use leptos::prelude::*;
use leptos::tachys::view::RenderHtml;

/// A page, drawn.
#[derive(Clone, Debug)]
pub(in crate::portal) struct Sheet {
    title: String,
    html: String,
    points: Option<i64>,
    held: Option<String>,
    said: Option<String>,
    is_still: bool,
}

impl Sheet {
    /// The page `title` with this inside.
    pub(in crate::portal) fn new(title: impl Into<String>, body: impl IntoView) -> Self {
        Self {
            title: title.into(),
            html: body.into_view().to_html(),
            points: None,
            held: None,
            said: None,
            is_still: false,
        }
    }

    /// The page shows these points: hearing of them from the live stream is no change.
    pub(in crate::portal) fn showing(mut self, points: i64) -> Self {
        self.points = Some(points);
        self
    }

    /// The page shows this money, as the live stream writes it.
    pub(in crate::portal) fn holding(mut self, money: impl Into<String>) -> Self {
        self.held = Some(money.into());
        self
    }

    /// What is read out when it has changed while somebody looked.
    pub(in crate::portal) fn saying(mut self, text: impl Into<String>) -> Self {
        self.said = Some(text.into());
        self
    }

    /// The page does not follow the live stream: what is on it is being filled in.
    pub(in crate::portal) const fn still(mut self) -> Self {
        self.is_still = true;
        self
    }

    /// The title of the document.
    pub(super) fn title(&self, merchant: &str) -> String {
        format!("{} · {merchant}", self.title)
    }

    /// The markup, behind a template that tells the browser about it.
    pub(super) fn markup(&self, merchant: &str) -> String {
        let told = view! {
            <template
                data-title=self.title(merchant)
                data-points=self.points
                data-held=self.held.clone()
                data-said=self.said.clone()
                data-still=self.is_still.then_some("")
            ></template>
        };
        format!("{}{}", told.to_html(), self.html)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_browser_should_know_stands_in_front_and_is_escaped() {
        let sheet = Sheet::new("Bed & \"Breakfast\"", view! { <p>"<1>"</p> }).showing(7).still();
        let markup = sheet.markup("Sola");
        assert!(
            markup.starts_with("<template data-title=\"Bed &amp; &quot;Breakfast&quot; · Sola\""),
            "{markup}"
        );
        assert!(markup.contains("data-points=\"7\"") && markup.contains("data-still"), "{markup}");
        assert!(markup.contains("</template><p>&lt;1&gt;"), "{markup}");
    }
}
