//! Whose pages may call the API in a browser.

use std::time::Duration;

use perennial_domain::ids::MerchantId;
use tokio::time::timeout;

use crate::engine::Engine;
use crate::error::Error;

/// How long the database is waited for when what it last said could do.
const PATIENCE: Duration = Duration::from_secs(3);

impl Engine {
    /// Whether the pages of a site may read what the API answers for a merchant. While the database is away, what it last
    /// said counts, so that a till in a browser can go on asking for quotes.
    ///
    /// It takes no context: the answer is a header that whoever asks can see.
    pub async fn origin_is_allowed(&self, merchant: MerchantId, origin: &str) -> bool {
        let (memory, mut current) = (self.quote_memory(), None);
        if memory.may_ask() {
            match timeout(PATIENCE, self.snapshots().current(merchant)).await {
                Ok(Err(Error::Busy { .. })) | Err(_) => memory.is_away(),
                Ok(answered) => {
                    memory.is_back();
                    current = answered.ok();
                }
            }
        }
        let snapshot = current.or_else(|| self.snapshots().known(merchant));
        snapshot.is_some_and(|snapshot| {
            snapshot.settings.allowed_origins.iter().any(|allowed| allowed.as_str() == origin)
        })
    }
}
