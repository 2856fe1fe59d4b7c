-- What promotions with a limit or a budget have given.

-- To one customer in one day, month or ever. Whoever books here, or gives back, holds the lock of the customer's
-- balance: nobody waits for these rows.
CREATE TABLE promotion_uses (
    merchant_id  uuid   NOT NULL,
    customer_id  uuid   NOT NULL,
    promotion_id uuid   NOT NULL,
    period       text   NOT NULL,
    begins_on    date   NOT NULL,
    used         bigint NOT NULL,
    PRIMARY KEY (merchant_id, customer_id, promotion_id, period, begins_on),
    CONSTRAINT promotion_uses_period_check CHECK (period IN ('day', 'month', 'ever')),
    CONSTRAINT promotion_uses_used_check CHECK (used >= 0)
) WITH (fillfactor = 70);
COMMENT ON COLUMN promotion_uses.begins_on IS 'The first day of the period in the merchant''s zone; 0001-01-01 for ever.';

-- To all customers together. One row a promotion, made when a version with a budget is published; locked once a batch,
-- after everything else. Updated in place at a high rate: room on the page keeps updates HOT.
CREATE TABLE promotion_budgets (
    merchant_id  uuid   NOT NULL,
    promotion_id uuid   NOT NULL,
    used         bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (merchant_id, promotion_id),
    CONSTRAINT promotion_budgets_used_check CHECK (used >= 0)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

-- What one credited purchase counted towards: where a return gives back to, and the proof of the two tables above.
CREATE TABLE promotion_bookings (
    merchant_id  uuid    NOT NULL,
    purchase_id  uuid    NOT NULL,
    promotion_id uuid    NOT NULL,
    customer_id  uuid    NOT NULL,
    period       text,
    begins_on    date,
    budget       boolean NOT NULL,
    points       bigint  NOT NULL,
    returned     bigint  NOT NULL DEFAULT 0,
    PRIMARY KEY (merchant_id, purchase_id, promotion_id),
    CONSTRAINT promotion_bookings_points_check CHECK (points > 0 AND returned BETWEEN 0 AND points),
    CONSTRAINT promotion_bookings_period_check CHECK ((period IS NULL) = (begins_on IS NULL))
);
COMMENT ON COLUMN promotion_bookings.period IS 'The kind of period of the limit for each customer; NULL when there was only a budget.';
COMMENT ON COLUMN promotion_bookings.returned IS 'What returns of the purchase have given back.';

-- Promotions that were published before there was a row for what they have given.
INSERT INTO promotion_budgets (merchant_id, promotion_id)
SELECT DISTINCT merchant_id, promotion_id
FROM promotion_versions
WHERE published_at IS NOT NULL AND terms ? 'budget';
