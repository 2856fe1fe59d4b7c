-- Money $7 in currency $5 for customer $4 of merchant $1 by award $2 of policy $3, in the month $6, to be spent from $8 on. The
-- customer's balance is locked.
WITH lot AS (
    INSERT INTO cashback_lots (
        merchant_id, purchase_id, offer_id, customer_id, currency, month, amount, remaining, returned, spendable_from)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 0, $8)
), used AS (
    INSERT INTO cashback_month_uses AS u (merchant_id, customer_id, offer_id, month, used)
    VALUES ($1, $4, $3, $6, $7)
    ON CONFLICT (merchant_id, customer_id, offer_id, month) DO UPDATE SET used = u.used + excluded.used
)
INSERT INTO cashback_wallets AS w (merchant_id, customer_id, currency, amount)
VALUES ($1, $4, $5, $7)
ON CONFLICT (merchant_id, customer_id, currency) DO UPDATE SET amount = w.amount + excluded.amount
