-- What rounding leaves of a purchase's worth in points, carried over to the customer's next one.

ALTER TABLE merchants ADD COLUMN carry_over boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN merchants.carry_over IS 'Whether each promotion rounds for itself and keeps for the customer what that leaves.';

-- By customer and promotion. Whoever writes here, or reads to decide by it, holds the lock of the customer's balance:
-- nobody waits for these rows.
CREATE TABLE carried_remainders (
    merchant_id  uuid   NOT NULL,
    customer_id  uuid   NOT NULL,
    promotion_id uuid   NOT NULL,
    remainder    bigint NOT NULL,
    PRIMARY KEY (merchant_id, customer_id, promotion_id)
) WITH (fillfactor = 70);
COMMENT ON TABLE carried_remainders IS 'What promotions carry over for customers: what purchases have added to it, less what returns took off. No row: nothing.';
COMMENT ON COLUMN carried_remainders.remainder IS 'In billionths of a point. Below zero: given ahead, or gone back; what is earned next makes up for it.';
