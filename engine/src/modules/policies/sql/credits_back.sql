-- Takes $4 referral credits of customer $2 of merchant $1 back: of the local day $3, and of the days nearest to it as far as they
-- are not there, since the merchant may have another zone by now. The customer's balance is locked.
WITH near AS MATERIALIZED (
    SELECT c.day, least(c.credits, greatest($4::int8 - (sum(c.credits) OVER nearer - c.credits), 0))::int8 AS taken
    FROM referral_credits AS c
    WHERE c.merchant_id = $1 AND c.customer_id = $2 AND c.credits > 0
    WINDOW nearer AS (ORDER BY abs(c.day - $3::date), c.day ROWS UNBOUNDED PRECEDING)
)
UPDATE referral_credits AS c SET credits = c.credits - near.taken
FROM near
WHERE c.merchant_id = $1 AND c.customer_id = $2 AND c.day = near.day AND near.taken > 0
