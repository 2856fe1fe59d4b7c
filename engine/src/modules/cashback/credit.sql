-- Everything but the entries that the module writes for purchases of merchant $1: what each gave ($2) and, by offer, the
-- lots ($3), from which wallets and months follow; what is owed is repaid first. The balances of the customers are locked.
WITH credit AS (
    INSERT INTO cashback_credits (
        merchant_id, purchase_id, customer_id, posting_id, amount, currency, month, explanation, credited_at)
    SELECT $1, purchase_id, customer_id, posting_id, amount, currency, month, explanation, credited_at
    FROM jsonb_to_recordset($2::jsonb) AS new (
        purchase_id uuid, customer_id uuid, posting_id uuid, amount bigint, currency text, month date, explanation jsonb,
        credited_at timestamptz)
), new AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset($3::jsonb) AS new (
        purchase_id uuid, offer_id uuid, customer_id uuid, currency text, month date, amount bigint, returned bigint,
        spendable_from timestamptz, expires_at timestamptz)
), part AS MATERIALIZED (
    SELECT new.*,
           least(
               new.amount - new.returned,
               greatest(coalesce(w.owed, 0) - (sum(new.amount - new.returned) OVER earlier - (new.amount - new.returned)), 0)
           )::bigint AS repaid
    FROM new
    LEFT JOIN LATERAL (
        SELECT w.owed FROM cashback_wallets AS w
        WHERE w.merchant_id = $1 AND w.customer_id = new.customer_id AND w.currency = new.currency
        LIMIT 1
    ) AS w ON true
    WINDOW earlier AS (PARTITION BY new.customer_id, new.currency ORDER BY new.purchase_id, new.offer_id)
), lot AS (
    INSERT INTO cashback_lots (
        merchant_id, purchase_id, offer_id, customer_id, currency, month, amount, remaining, returned, spendable_from,
        expires_at)
    SELECT $1, purchase_id, offer_id, customer_id, currency, month, amount, amount - returned - repaid, returned,
           spendable_from, expires_at
    FROM part
), used AS (
    INSERT INTO cashback_month_uses AS u (merchant_id, customer_id, offer_id, month, used)
    SELECT $1, customer_id, offer_id, month, sum(amount - returned)
    FROM new
    GROUP BY customer_id, offer_id, month
    ON CONFLICT (merchant_id, customer_id, offer_id, month) DO UPDATE SET used = u.used + excluded.used
), wallet AS (
    INSERT INTO cashback_wallets AS w (merchant_id, customer_id, currency, amount)
    SELECT $1, customer_id, currency, sum(amount - returned - repaid)
    FROM part
    GROUP BY customer_id, currency
    ON CONFLICT (merchant_id, customer_id, currency) DO UPDATE SET
        amount = w.amount + excluded.amount,
        owed   = w.owed - (
            SELECT sum(part.repaid) FROM part
            WHERE part.customer_id = excluded.customer_id AND part.currency = excluded.currency)
)
SELECT 1
