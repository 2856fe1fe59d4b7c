-- Cashback: a part of what is paid, back in money.

-- An offer as it is now. What purchases are evaluated by are its versions.
CREATE TABLE cashback_offers (
    merchant_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    version     integer     NOT NULL,
    terms       jsonb       NOT NULL,
    created_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    archived_at timestamptz,
    PRIMARY KEY (merchant_id, id)
);
COMMENT ON COLUMN cashback_offers.archived_at IS 'Purchases from this instant on get nothing of it any more. Final.';

-- What an offer said from an instant on, until its next version.
CREATE TABLE cashback_offer_versions (
    merchant_id    uuid        NOT NULL,
    offer_id       uuid        NOT NULL,
    version        integer     NOT NULL,
    terms          jsonb       NOT NULL,
    effective_from timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, offer_id, version)
);
COMMENT ON COLUMN cashback_offer_versions.effective_from IS 'The change; of the first version the beginning of the offer, where that is earlier.';
CREATE TRIGGER cashback_offer_versions_append_only BEFORE UPDATE OR DELETE ON cashback_offer_versions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What a customer has in money. Whoever changes it, or anything below, holds the lock of the customer's balance.
CREATE TABLE cashback_wallets (
    merchant_id uuid   NOT NULL,
    customer_id uuid   NOT NULL,
    currency    text   NOT NULL,
    amount      bigint NOT NULL,
    PRIMARY KEY (merchant_id, customer_id, currency),
    CONSTRAINT cashback_wallets_amount_check CHECK (amount >= 0)
);
COMMENT ON COLUMN cashback_wallets.amount IS 'The sum of what is left in its lots, what waits included.';

-- One row for every purchase that the module has come to: the key is what makes it the only time.
CREATE TABLE cashback_credits (
    merchant_id uuid        NOT NULL,
    purchase_id uuid        NOT NULL,
    customer_id uuid        NOT NULL,
    posting_id  uuid        NOT NULL,
    amount      bigint      NOT NULL,
    currency    text        NOT NULL,
    month       date        NOT NULL,
    explanation jsonb       NOT NULL,
    credited_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, purchase_id),
    CONSTRAINT cashback_credits_amount_check CHECK (amount >= 0)
);
COMMENT ON COLUMN cashback_credits.posting_id IS 'The posting of its entries; it has none when it gave nothing.';
COMMENT ON COLUMN cashback_credits.month IS 'First day of the merchant''s month that its caps count in.';
CREATE INDEX cashback_credits_merchant_id_customer_id_idx ON cashback_credits (merchant_id, customer_id, posting_id)
    WHERE amount > 0;
CREATE TRIGGER cashback_credits_append_only BEFORE UPDATE OR DELETE ON cashback_credits
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What one offer gave for one purchase: money that can be spent from, and expires at, the same instant.
CREATE TABLE cashback_lots (
    merchant_id    uuid        NOT NULL,
    purchase_id    uuid        NOT NULL,
    offer_id       uuid        NOT NULL,
    customer_id    uuid        NOT NULL,
    currency       text        NOT NULL,
    month          date        NOT NULL,
    amount         bigint      NOT NULL,
    remaining      bigint      NOT NULL,
    returned       bigint      NOT NULL DEFAULT 0,
    spendable_from timestamptz NOT NULL,
    expires_at     timestamptz,
    PRIMARY KEY (merchant_id, purchase_id, offer_id),
    CONSTRAINT cashback_lots_amount_check CHECK (amount > 0 AND remaining BETWEEN 0 AND amount AND returned BETWEEN 0 AND amount)
);
COMMENT ON COLUMN cashback_lots.returned IS 'What returns of the purchase have undone, of which only what had not expired was taken from the wallet.';
COMMENT ON COLUMN cashback_lots.expires_at IS 'From this instant on it is gone; NULL: never.';
CREATE INDEX cashback_lots_merchant_id_customer_id_idx ON cashback_lots (merchant_id, customer_id);
CREATE INDEX cashback_lots_expires_at_idx ON cashback_lots (expires_at) WHERE remaining > 0;

-- What an offer gave a customer in a month, less what returns undid.
CREATE TABLE cashback_month_uses (
    merchant_id uuid   NOT NULL,
    customer_id uuid   NOT NULL,
    offer_id    uuid   NOT NULL,
    month       date   NOT NULL,
    used        bigint NOT NULL,
    PRIMARY KEY (merchant_id, customer_id, offer_id, month),
    CONSTRAINT cashback_month_uses_used_check CHECK (used >= 0)
);
