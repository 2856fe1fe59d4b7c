-- Points that were earned and cannot be spent yet.

ALTER TABLE purchases
    ADD COLUMN pending bigint,
    ADD CONSTRAINT purchases_pending_check CHECK (pending BETWEEN 1 AND points);
COMMENT ON COLUMN purchases.pending IS 'Points of these that waited when the purchase was credited; NULL when none did.';
ALTER TABLE claims
    ADD COLUMN pending bigint,
    ADD CONSTRAINT claims_pending_check CHECK (pending BETWEEN 1 AND points);
COMMENT ON COLUMN claims.pending IS 'The same of the claim.';

-- One row for what of a purchase can be spent from the same instant on. Whoever changes one holds the lock of the
-- customer's balance, whose `pending` is the sum of what waits.
CREATE TABLE pending_points (
    merchant_id uuid        NOT NULL,
    purchase_id uuid        NOT NULL,
    matures_at  timestamptz NOT NULL,
    customer_id uuid        NOT NULL,
    points      bigint      NOT NULL,
    waiting     bigint      NOT NULL,
    maturity_id uuid,
    PRIMARY KEY (merchant_id, purchase_id, matures_at),
    CONSTRAINT pending_points_waiting_check CHECK (points > 0 AND waiting BETWEEN 0 AND points),
    CONSTRAINT pending_points_maturity_check CHECK (maturity_id IS NULL OR waiting = 0)
);
COMMENT ON COLUMN pending_points.points IS 'What was credited; what waits no longer has matured or was taken back by returns.';
COMMENT ON COLUMN pending_points.maturity_id IS 'The posting by which they matured.';
CREATE INDEX pending_points_matures_at_idx ON pending_points (matures_at) WHERE waiting > 0;
CREATE INDEX pending_points_merchant_id_customer_id_idx ON pending_points (merchant_id, customer_id) WHERE waiting > 0;

-- What a customer's activity shows beside purchases and claims, which have indexes of their own and are never in this one.
CREATE INDEX entries_activity_idx ON entries (merchant_id, customer_id, posting_id)
    WHERE customer_id IS NOT NULL AND kind NOT IN ('purchase', 'claim', 'opening') AND account IN ('available', 'pending');
