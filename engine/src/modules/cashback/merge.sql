-- Cashback of customer $2 of merchant $1 is $3's: what purchases gave, the lots, what months count, the wallets. Whose
-- purchases they were are $3's by now, and the balances of both are locked.
WITH mine AS MATERIALIZED (
    SELECT p.id FROM purchases AS p WHERE p.merchant_id = $1 AND p.customer_id = $3
    UNION ALL
    SELECT c.purchase_id FROM claims AS c WHERE c.merchant_id = $1 AND c.customer_id = $3
), credit AS (
    UPDATE cashback_credits AS c SET customer_id = $3
    FROM mine
    WHERE c.merchant_id = $1 AND c.purchase_id = mine.id AND c.customer_id = $2
), lot AS (
    UPDATE cashback_lots SET customer_id = $3 WHERE merchant_id = $1 AND customer_id = $2
), gone AS (
    DELETE FROM cashback_month_uses WHERE merchant_id = $1 AND customer_id = $2
    RETURNING offer_id, month, used
), counted AS (
    INSERT INTO cashback_month_uses AS u (merchant_id, customer_id, offer_id, month, used)
    SELECT $1, $3, offer_id, month, used
    FROM gone
    ORDER BY offer_id, month
    ON CONFLICT (merchant_id, customer_id, offer_id, month) DO UPDATE SET used = u.used + excluded.used
), ended AS (
    DELETE FROM cashback_wallets WHERE merchant_id = $1 AND customer_id = $2
    RETURNING currency, amount, owed
)
INSERT INTO cashback_wallets AS w (merchant_id, customer_id, currency, amount, owed)
SELECT $1, $3, currency, amount, owed
FROM ended
ORDER BY currency
ON CONFLICT (merchant_id, customer_id, currency) DO UPDATE SET
    amount = w.amount + excluded.amount,
    owed   = w.owed + excluded.owed
