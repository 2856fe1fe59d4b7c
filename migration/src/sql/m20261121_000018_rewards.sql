-- Rewards: what customers can have for points, who had one, and the vouchers that prove it.

-- The catalogue.
CREATE TABLE rewards (
    merchant_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    version     integer     NOT NULL,
    kind        text        NOT NULL,
    terms       jsonb       NOT NULL,
    stock       bigint,
    created_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    archived_at timestamptz,
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT rewards_kind_check CHECK (kind IN ('money_off', 'percent', 'free_product', 'voucher_pool', 'external')),
    CONSTRAINT rewards_stock_check CHECK (stock >= 0 AND (kind <> 'voucher_pool' OR stock IS NOT NULL))
);
COMMENT ON COLUMN rewards.terms IS 'Everything but how many are left.';
COMMENT ON COLUMN rewards.stock IS 'How many are left; NULL: any number. Of a pool, the number of its free codes.';
COMMENT ON COLUMN rewards.archived_at IS 'Nobody can have it any more. Final.';

-- One life of a reward that somebody wanted. Whoever changes one that is there holds its row lock before the lock of the
-- customer's balance.
CREATE TABLE redemptions (
    merchant_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    customer_id uuid        NOT NULL,
    reward_id   uuid        NOT NULL,
    kind        text        NOT NULL,
    terms       jsonb       NOT NULL,
    points      bigint      NOT NULL,
    taken       jsonb       NOT NULL,
    state       text        NOT NULL,
    held_until  timestamptz,
    from_stock  boolean     NOT NULL,
    created_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    actor_name  text        NOT NULL,
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT redemptions_points_check CHECK (points > 0),
    CONSTRAINT redemptions_state_check CHECK (state IN (
        'reserved', 'captured', 'preparing', 'shipped', 'fulfilled', 'released', 'cancelled', 'reversed')),
    CONSTRAINT redemptions_held_check CHECK (state <> 'reserved' OR held_until IS NOT NULL)
);
COMMENT ON COLUMN redemptions.id IS 'UUIDv7; also the posting that took the points.';
COMMENT ON COLUMN redemptions.terms IS 'The terms of the reward as they were.';
COMMENT ON COLUMN redemptions.taken IS 'The lots that the points came from, in order: [["2027-01-31" or null, points], …]. They go back to the same.';
COMMENT ON COLUMN redemptions.held_until IS 'The first instant at which a hold that was not captured is over.';
COMMENT ON COLUMN redemptions.from_stock IS 'Whether the stock became one less by it, and becomes one more when it is let go.';
CREATE INDEX redemptions_merchant_id_customer_id_idx ON redemptions (merchant_id, customer_id, id);
CREATE INDEX redemptions_merchant_id_reward_id_idx ON redemptions (merchant_id, reward_id, id);
CREATE INDEX redemptions_held_until_idx ON redemptions (held_until) WHERE state = 'reserved';
CREATE INDEX redemptions_to_fulfil_idx ON redemptions (merchant_id, id)
    WHERE kind = 'external' AND state IN ('captured', 'preparing', 'shipped');

-- Every state that a redemption came to, when, and who brought it there.
CREATE TABLE redemption_steps (
    merchant_id   uuid        NOT NULL,
    redemption_id uuid        NOT NULL,
    state         text        NOT NULL,
    posting_id    uuid,
    at            timestamptz NOT NULL,
    actor         text        NOT NULL,
    actor_id      uuid,
    actor_name    text        NOT NULL,
    PRIMARY KEY (merchant_id, redemption_id, state),
    CONSTRAINT redemption_steps_actor_check CHECK (actor IN ('key', 'staff', 'customer', 'system'))
);
COMMENT ON TABLE redemption_steps IS 'Written once, never changed: no state comes twice in a life.';
COMMENT ON COLUMN redemption_steps.posting_id IS 'The posting by which points moved; NULL when none did.';
CREATE INDEX redemption_steps_posting_id_idx ON redemption_steps (merchant_id, posting_id) WHERE posting_id IS NOT NULL;
CREATE TRIGGER redemption_steps_append_only BEFORE UPDATE OR DELETE ON redemption_steps
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Codes that the merchant uploaded, each for one customer.
CREATE TABLE reward_codes (
    merchant_id   uuid             NOT NULL,
    code          text COLLATE "C" NOT NULL,
    reward_id     uuid             NOT NULL,
    number        bigint           NOT NULL GENERATED ALWAYS AS IDENTITY,
    shown         text             NOT NULL,
    state         text             NOT NULL DEFAULT 'free',
    redemption_id uuid,
    added_at      timestamptz      NOT NULL,
    PRIMARY KEY (merchant_id, code),
    CONSTRAINT reward_codes_state_check CHECK (
        state IN ('free', 'taken', 'withdrawn') AND (state = 'free') = (redemption_id IS NULL))
);
COMMENT ON COLUMN reward_codes.code IS 'In the form in which it is looked up; `shown` is what was uploaded.';
COMMENT ON COLUMN reward_codes.state IS 'withdrawn: its redemption was cancelled after somebody had seen it, so nobody else gets it.';
CREATE INDEX reward_codes_redemption_id_idx ON reward_codes (merchant_id, redemption_id) WHERE redemption_id IS NOT NULL;
CREATE INDEX reward_codes_free_idx ON reward_codes (merchant_id, reward_id, number) WHERE state = 'free';

-- What a customer can use once, at a till or in a purchase.
CREATE TABLE vouchers (
    merchant_id   uuid             NOT NULL,
    id            uuid             NOT NULL,
    code          text COLLATE "C" NOT NULL,
    shown         text             NOT NULL,
    customer_id   uuid             NOT NULL,
    redemption_id uuid,
    name          text             NOT NULL,
    worth         jsonb            NOT NULL,
    state         text             NOT NULL,
    issued_at     timestamptz      NOT NULL,
    expires_at    timestamptz,
    changed_at    timestamptz      NOT NULL,
    purchase_id   uuid,
    used_at       timestamptz,
    used_by       text,
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT vouchers_code_key UNIQUE (merchant_id, code),
    CONSTRAINT vouchers_state_check CHECK (state IN (
        'issued', 'reserved', 'used', 'cancelled', 'expired', 'reversed')),
    CONSTRAINT vouchers_used_check CHECK ((state IN ('used', 'reversed')) = (used_at IS NOT NULL))
);
COMMENT ON COLUMN vouchers.redemption_id IS 'What was paid for it; NULL: it was given.';
COMMENT ON COLUMN vouchers.worth IS '{"kind": "money_off", "value": 500}, as in the terms of a reward: what it takes off.';
COMMENT ON COLUMN vouchers.expires_at IS 'The first instant at which it cannot be used any more; NULL: never.';
COMMENT ON COLUMN vouchers.purchase_id IS 'The purchase that it was used in, or that holds it; NULL when it was used without one.';
COMMENT ON COLUMN vouchers.used_by IS 'The name of the member of the staff or of the API key.';
CREATE INDEX vouchers_merchant_id_customer_id_idx ON vouchers (merchant_id, customer_id, id);
CREATE INDEX vouchers_redemption_id_idx ON vouchers (merchant_id, redemption_id) WHERE redemption_id IS NOT NULL;
CREATE INDEX vouchers_purchase_id_idx ON vouchers (merchant_id, purchase_id) WHERE purchase_id IS NOT NULL;
CREATE INDEX vouchers_expires_at_idx ON vouchers (expires_at) WHERE state = 'issued';
