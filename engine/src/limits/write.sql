-- What purchases count towards, in one statement.
--
--   $1..$8    one element per purchase and promotion
--   $9..$14   one element per customer, promotion and period that changed, as it is now, in key order
--   $15..$17  one element per budget that changed, as it is now, in key order
--
-- Everything here is locked: what customers have had by their balances, the budgets themselves.
WITH booking AS (
    INSERT INTO promotion_bookings (
        merchant_id, purchase_id, promotion_id, customer_id, period, begins_on, budget, points)
    SELECT merchant_id, purchase_id, promotion_id, customer_id, nullif(period, ''),
           CASE WHEN period <> '' THEN begins_on END, budget, points
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::date[], $7::bool[], $8::int8[])
         AS new (merchant_id, purchase_id, promotion_id, customer_id, period, begins_on, budget, points)
), used AS (
    INSERT INTO promotion_uses (merchant_id, customer_id, promotion_id, period, begins_on, used)
    SELECT merchant_id, customer_id, promotion_id, period, begins_on, used
    FROM unnest($9::uuid[], $10::uuid[], $11::uuid[], $12::text[], $13::date[], $14::int8[])
         AS new (merchant_id, customer_id, promotion_id, period, begins_on, used)
    ON CONFLICT (merchant_id, customer_id, promotion_id, period, begins_on) DO UPDATE SET used = excluded.used
)
INSERT INTO promotion_budgets (merchant_id, promotion_id, used)
SELECT merchant_id, promotion_id, used
FROM unnest($15::uuid[], $16::uuid[], $17::int8[]) AS new (merchant_id, promotion_id, used)
ON CONFLICT (merchant_id, promotion_id) DO UPDATE SET used = excluded.used
