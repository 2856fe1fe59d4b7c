-- Creates customers by their identities, in key order. Where somebody else created the same identity meanwhile, nothing
-- happens and nothing is returned: the caller reads who that was.
--
-- The identity comes first and decides; its customer and the empty balance follow in the same statement, at the end of
-- which the foreign key between the first two is checked.
WITH won AS (
    INSERT INTO customer_identities (merchant_id, kind, value, customer_id)
    SELECT merchant_id, kind, value, customer_id
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[]) AS new (merchant_id, kind, value, customer_id)
    ORDER BY merchant_id, kind, value COLLATE "C"
    ON CONFLICT (merchant_id, kind, value) DO NOTHING
    RETURNING merchant_id, customer_id
), balance AS (
    INSERT INTO balances (merchant_id, customer_id)
    SELECT merchant_id, customer_id
    FROM won
), news AS (
    -- Who has just come is told of, and welcomed, moments later.
    INSERT INTO queue (module, merchant_id, payload)
    SELECT 'announcements', merchant_id,
           jsonb_build_object('enrolled', jsonb_agg(customer_id ORDER BY customer_id), 'came_by', 'purchase')
    FROM won
    GROUP BY merchant_id
)
INSERT INTO customers (merchant_id, id, created_at)
SELECT merchant_id, customer_id, $5
FROM won
RETURNING id
