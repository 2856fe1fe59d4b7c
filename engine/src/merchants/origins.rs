//! Whose pages may call the API in a browser.

use perennial_domain::ids::MerchantId;

use crate::engine::Engine;

impl Engine {
    /// Whether the pages of a site may read what the API answers for a merchant. While the database is away, what it last
    /// said counts, so that a till in a browser can go on asking for quotes.
    ///
    /// It takes no context: the answer is a header that whoever asks can see.
    pub async fn origin_is_allowed(&self, merchant: MerchantId, origin: &str) -> bool {
        let current = self.quote_memory().ask(self.snapshots().current(merchant)).await;
        let snapshot = current.and_then(Result::ok).or_else(|| self.snapshots().known(merchant));
        snapshot.is_some_and(|snapshot| {
            snapshot.settings.allowed_origins.iter().any(|allowed| allowed.as_str() == origin)
        })
    }
}
