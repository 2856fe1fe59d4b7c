-- Money $7 in currency $5 for customer $4 of merchant $1 by award $2 of policy $3, in the month $6, to be spent from $8 on; what
-- is owed is repaid first. The customer's balance is locked.
WITH owing AS MATERIALIZED (
    SELECT least($7, coalesce(sum(w.owed), 0))::bigint AS repaid
    FROM cashback_wallets AS w
    WHERE w.merchant_id = $1 AND w.customer_id = $4 AND w.currency = $5
), lot AS (
    INSERT INTO cashback_lots (
        merchant_id, purchase_id, offer_id, customer_id, currency, month, amount, remaining, returned, spendable_from)
    SELECT $1, $2, $3, $4, $5, $6, $7, $7 - repaid, 0, $8 FROM owing
), used AS (
    INSERT INTO cashback_month_uses AS u (merchant_id, customer_id, offer_id, month, used)
    VALUES ($1, $4, $3, $6, $7)
    ON CONFLICT (merchant_id, customer_id, offer_id, month) DO UPDATE SET used = u.used + excluded.used
)
INSERT INTO cashback_wallets AS w (merchant_id, customer_id, currency, amount)
SELECT $1, $4, $5, $7 - repaid FROM owing
ON CONFLICT (merchant_id, customer_id, currency) DO UPDATE SET
    amount = w.amount + excluded.amount,
    owed   = w.owed - (SELECT repaid FROM owing)
