-- Returns: what is taken back of purchases.

CREATE TABLE returns (
    merchant_id     uuid             NOT NULL,
    id              uuid             NOT NULL,
    purchase_id     uuid             NOT NULL,
    return_id       text COLLATE "C" NOT NULL,
    customer_id     uuid,
    content         jsonb            NOT NULL,
    amount          bigint           NOT NULL,
    currency        text             NOT NULL,
    lines           jsonb            NOT NULL,
    points          bigint           NOT NULL,
    from_pending    bigint           NOT NULL,
    from_available  bigint           NOT NULL,
    debt            bigint           NOT NULL,
    absorbed        bigint           NOT NULL,
    cashback        bigint           NOT NULL,
    policy          text             NOT NULL,
    complete        boolean          NOT NULL,
    balance_points  bigint,
    balance_pending bigint,
    actor_name      text             NOT NULL,
    created_at      timestamptz      NOT NULL,
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT returns_return_id_key UNIQUE (merchant_id, purchase_id, return_id),
    CONSTRAINT returns_amount_check CHECK (amount >= 0 AND cashback >= 0),
    CONSTRAINT returns_points_check CHECK (
        from_pending >= 0 AND from_available >= 0 AND debt >= 0 AND absorbed >= 0
        AND points = from_pending + from_available + debt + absorbed),
    CONSTRAINT returns_policy_check CHECK (policy IN ('allow_negative', 'floor_zero', 'pending_until_return_window'))
);
COMMENT ON TABLE returns IS 'Written once, never changed: a repeated return is answered again from its row alone.';
COMMENT ON COLUMN returns.id IS 'UUIDv7; also the posting of its entries.';
COMMENT ON COLUMN returns.return_id IS 'The till''s name for it, unique per purchase, for ever.';
COMMENT ON COLUMN returns.customer_id IS 'Whose points were taken back; NULL while nobody had claimed the purchase.';
COMMENT ON COLUMN returns.content IS 'What was asked for, to tell a repeated return from another one under the same name.';
COMMENT ON COLUMN returns.lines IS 'What was returned of each line, and what that took back.';
COMMENT ON COLUMN returns.balance_points IS 'The balance after it; NULL while nobody had claimed the purchase.';
CREATE TRIGGER returns_append_only BEFORE UPDATE OR DELETE ON returns FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What was returned of a purchase in all. Locked while a return is planned, so that all of them together are never more
-- than the purchase.
CREATE TABLE return_states (
    merchant_id uuid  NOT NULL,
    purchase_id uuid  NOT NULL,
    state       jsonb NOT NULL,
    PRIMARY KEY (merchant_id, purchase_id)
);

-- Returns that came before their purchase.
CREATE TABLE waiting_returns (
    merchant_id    uuid             NOT NULL,
    retailer_id    uuid             NOT NULL,
    transaction_id text COLLATE "C" NOT NULL,
    return_id      text COLLATE "C" NOT NULL,
    content         jsonb            NOT NULL,
    actor_name     text             NOT NULL,
    received_at    timestamptz      NOT NULL,
    expires_at     timestamptz      NOT NULL,
    refused_at     timestamptz,
    refusal        text,
    PRIMARY KEY (merchant_id, retailer_id, transaction_id, return_id),
    CONSTRAINT waiting_returns_refused_check CHECK ((refused_at IS NULL) = (refusal IS NULL))
);
COMMENT ON COLUMN waiting_returns.refusal IS 'Why it could not be booked when its purchase had come. It is not tried again.';
CREATE INDEX waiting_returns_expires_at_idx ON waiting_returns (expires_at);
CREATE INDEX waiting_returns_received_at_idx ON waiting_returns (received_at) WHERE refused_at IS NULL;
