-- I8 of money: a purchase gives cashback once. Whatever came into a wallet as cashback was posted for a purchase that the
-- module has come to, and for the amount that it says; and what it says was posted.
WITH given AS (
    SELECT
        format('purchase %s', coalesce(c.purchase_id, posted.purchase_id)) AS subject,
        CASE
            WHEN c.purchase_id IS NULL THEN format('gave %s more cashback by posting %s', posted.amount, posting_id)
            WHEN posted.amount IS NULL THEN format('gave %s cashback that was not posted', c.amount)
            WHEN posted.purchase_id IS DISTINCT FROM c.purchase_id THEN format('gave what was posted for %s', posted.purchase_id)
            WHEN posted.amount <> c.amount THEN format('gave %s cashback, posted are %s', c.amount, posted.amount)
        END AS fault
    FROM (
        SELECT e.posting_id, e.purchase_id, e.amount
        FROM entries AS e
        CROSS JOIN LATERAL (
            SELECT leg.account FROM entries AS leg
            WHERE leg.merchant_id = e.merchant_id AND leg.posting_id = e.posting_id AND leg.customer_id IS NULL
              AND leg.unit = e.unit
            LIMIT 1
        ) AS other
        WHERE e.merchant_id = $1 AND e.kind = 'cashback' AND e.account = 'cashback' AND e.amount > 0 AND other.account = 'issued'
    ) AS posted
    FULL JOIN (
        SELECT posting_id, purchase_id, amount FROM cashback_credits WHERE merchant_id = $1 AND amount > 0
    ) AS c USING (posting_id)
), wrong AS (
    SELECT * FROM given WHERE fault IS NOT NULL
)
SELECT
    (SELECT count(*) FROM given),
    (SELECT count(*) FROM wrong),
    (
        SELECT jsonb_agg(jsonb_build_object('subject', subject, 'detail', fault))
        FROM (SELECT * FROM wrong ORDER BY subject, fault LIMIT $2) AS first
    )
