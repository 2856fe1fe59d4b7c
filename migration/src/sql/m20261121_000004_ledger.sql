-- Purchases and the ledger. Deliberately without foreign keys: a FOR KEY SHARE on a parent for every row
-- costs a third of the rate; the intake checks against its snapshot and `reconcile` proves it afterwards.

-- The permanent idempotency record, apart from the purchase so that purchases can be partitioned or archived.
CREATE TABLE purchase_keys (
    merchant_id    uuid             NOT NULL,
    retailer_id    uuid             NOT NULL,
    transaction_id text COLLATE "C" NOT NULL,
    purchase_id    uuid             NOT NULL,
    PRIMARY KEY (merchant_id, retailer_id, transaction_id)
);

CREATE TABLE purchases (
    merchant_id      uuid             NOT NULL,
    id               uuid             NOT NULL,
    retailer_id      uuid             NOT NULL,
    transaction_id   text COLLATE "C" NOT NULL,
    customer_id      uuid,
    customer_key     bytea,
    status           text             NOT NULL,
    currency         text             NOT NULL,
    amount           bigint           NOT NULL,
    occurred_at      timestamptz      NOT NULL,
    occurred_at_sent boolean          NOT NULL,
    business_date    date             NOT NULL,
    received_at      timestamptz      NOT NULL,
    points           bigint           NOT NULL,
    claimable        bigint,
    claim_code       text,
    balance_points   bigint,
    balance_pending  bigint,
    rules_version    bigint           NOT NULL,
    facts            jsonb            NOT NULL,
    lines            jsonb            NOT NULL,
    applied          jsonb            NOT NULL DEFAULT '[]',
    warnings         jsonb            NOT NULL DEFAULT '[]',
    source           text             NOT NULL,
    api_key_id       uuid,
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT purchases_status_check CHECK (status IN ('credited', 'unclaimed')),
    CONSTRAINT purchases_amount_check CHECK (amount >= 0),
    CONSTRAINT purchases_points_check CHECK (points >= 0),
    CONSTRAINT purchases_source_check CHECK (source IN ('api', 'import'))
);
COMMENT ON TABLE purchases IS 'Written once, never changed: the first answer can be given again from this row alone.';
COMMENT ON COLUMN purchases.id IS 'UUIDv7 in arrival order; also the posting id of its entries.';
COMMENT ON COLUMN purchases.customer_key IS 'Hash of the customer reference as it was sent; lets a replay be recognised when identities changed.';
COMMENT ON COLUMN purchases.facts IS 'Everything evaluate() saw besides the lines: zone, region, first purchase; see domain PurchaseFacts.';
COMMENT ON COLUMN purchases.lines IS 'The lines as sent, with product facts of that instant and the points each earned.';
COMMENT ON COLUMN purchases.applied IS 'Awards for the purchase as a whole (flat points).';
COMMENT ON COLUMN purchases.balance_points IS 'The balance after this purchase; NULL when unclaimed.';
CREATE INDEX purchases_merchant_id_customer_id_idx ON purchases (merchant_id, customer_id, id) WHERE customer_id IS NOT NULL;

CREATE TABLE claims (
    merchant_id     uuid        NOT NULL,
    code            text        NOT NULL,
    purchase_id     uuid        NOT NULL,
    expires_at      timestamptz NOT NULL,
    id              uuid,
    customer_id     uuid,
    claimed_at      timestamptz,
    points          bigint,
    rules_version   bigint,
    facts           jsonb,
    lines           jsonb,
    applied         jsonb,
    balance_points  bigint,
    balance_pending bigint,
    PRIMARY KEY (merchant_id, code),
    CONSTRAINT claims_purchase_id_key UNIQUE (merchant_id, purchase_id),
    CONSTRAINT claims_claimed_check CHECK ((claimed_at IS NULL) = (id IS NULL) AND (claimed_at IS NULL) = (customer_id IS NULL))
);
COMMENT ON TABLE claims IS 'A purchase without a known customer waits here until somebody claims it.';
COMMENT ON COLUMN claims.id IS 'Set by the claim; the posting id of its entries.';
COMMENT ON COLUMN claims.balance_points IS 'The balance after the claim, so that a repeated claim can answer as the first did.';
CREATE INDEX claims_merchant_id_customer_id_idx ON claims (merchant_id, customer_id, id) WHERE customer_id IS NOT NULL;

-- One immutable movement on an account. Entries of a posting sum to zero.
CREATE TABLE entries (
    merchant_id uuid        NOT NULL,
    posting_id  uuid        NOT NULL,
    leg         smallint    NOT NULL,
    kind        text        NOT NULL,
    account     text        NOT NULL,
    customer_id uuid,
    sequence    bigint,
    amount      bigint      NOT NULL,
    unit        text        NOT NULL DEFAULT 'points',
    purchase_id uuid,
    posted_at   timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, posting_id, leg),
    CONSTRAINT entries_amount_check CHECK (amount <> 0),
    CONSTRAINT entries_kind_check CHECK (kind IN ('purchase', 'claim', 'opening')),
    CONSTRAINT entries_account_check CHECK (
        (account IN ('available', 'pending', 'reserved', 'cashback')) = (customer_id IS NOT NULL)
        AND account IN ('available', 'pending', 'reserved', 'cashback', 'issued', 'redeemed', 'expired', 'adjusted', 'absorbed'))
);
COMMENT ON COLUMN entries.sequence IS 'The customer''s event counter, taken under the lock of the balance row; NULL on merchant accounts.';
CREATE UNIQUE INDEX entries_customer_sequence_key ON entries (merchant_id, customer_id, sequence, account) WHERE customer_id IS NOT NULL;

-- Stored balances, one row a customer. Updated in place at a high rate: room on the page keeps updates HOT.
CREATE TABLE balances (
    merchant_id      uuid        NOT NULL,
    customer_id      uuid        NOT NULL,
    available        bigint      NOT NULL DEFAULT 0,
    pending          bigint      NOT NULL DEFAULT 0,
    reserved         bigint      NOT NULL DEFAULT 0,
    debt             bigint      NOT NULL DEFAULT 0,
    lifetime         bigint      NOT NULL DEFAULT 0,
    purchases        bigint      NOT NULL DEFAULT 0,
    spent            bigint      NOT NULL DEFAULT 0,
    sequence         bigint      NOT NULL DEFAULT 0,
    last_purchase_at timestamptz,
    PRIMARY KEY (merchant_id, customer_id),
    CONSTRAINT balances_available_check CHECK (available >= -debt),
    CONSTRAINT balances_nonnegative_check CHECK (pending >= 0 AND reserved >= 0 AND debt >= 0 AND lifetime >= 0 AND purchases >= 0)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
COMMENT ON COLUMN balances.purchases IS 'Credited purchases so far; 0 means that the next one is the first.';
COMMENT ON COLUMN balances.spent IS 'Sum of the amounts of credited purchases, minor units.';

-- Points that expire together, by day. 9999-12-31 stands for never.
CREATE TABLE lots (
    merchant_id uuid   NOT NULL,
    customer_id uuid   NOT NULL,
    expires_on  date   NOT NULL,
    remaining   bigint NOT NULL,
    PRIMARY KEY (merchant_id, customer_id, expires_on),
    CONSTRAINT lots_remaining_check CHECK (remaining >= 0)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- Corrections are new rows: nobody rewrites what has been posted.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE ON entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER purchases_append_only BEFORE UPDATE OR DELETE ON purchases FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER purchase_keys_append_only BEFORE UPDATE OR DELETE ON purchase_keys FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rule_sets_append_only BEFORE UPDATE OR DELETE ON rule_sets FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
