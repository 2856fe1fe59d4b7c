-- I2 of money: a wallet is the sum of its lots, and less what is owed the sum of its entries; what counts towards a month
-- is what was given in it, less what returns undid; what a purchase gave is in its lots and was posted once.
WITH wallet AS (
    SELECT customer_id,
           format('wallet %s %s, owed %s, entries %s, lots %s',
                  coalesce(w.amount, 0), currency, coalesce(w.owed, 0), coalesce(e.amount, 0), coalesce(l.amount, 0)) AS detail,
           coalesce(w.amount, 0) - coalesce(w.owed, 0) <> coalesce(e.amount, 0)
               OR coalesce(w.amount, 0) <> coalesce(l.amount, 0) AS wrong
    FROM (SELECT customer_id, currency, amount, owed FROM cashback_wallets WHERE merchant_id = $1) AS w
    FULL JOIN (
        SELECT customer_id, unit AS currency, sum(amount) AS amount
        FROM entries
        WHERE merchant_id = $1 AND account = 'cashback'
        GROUP BY customer_id, unit) AS e USING (customer_id, currency)
    FULL JOIN (
        SELECT customer_id, currency, sum(remaining) AS amount
        FROM cashback_lots
        WHERE merchant_id = $1
        GROUP BY customer_id, currency) AS l USING (customer_id, currency)
), month AS (
    SELECT customer_id,
           format('offer %s in %s: counted %s, given %s', offer_id, month, coalesce(u.used, 0), coalesce(l.used, 0)) AS detail,
           coalesce(u.used, 0) <> coalesce(l.used, 0) AS wrong
    FROM (SELECT customer_id, offer_id, month, used FROM cashback_month_uses WHERE merchant_id = $1) AS u
    FULL JOIN (
        SELECT customer_id, offer_id, month, sum(amount - returned) AS used
        FROM cashback_lots
        WHERE merchant_id = $1
        GROUP BY customer_id, offer_id, month) AS l USING (customer_id, offer_id, month)
), given AS (
    SELECT c.customer_id,
           format('purchase %s gave %s, lots %s, entries %s', c.purchase_id, c.amount, l.amount, e.amount) AS detail,
           c.amount <> l.amount OR c.amount <> e.amount AS wrong
    FROM cashback_credits AS c
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(amount), 0) AS amount FROM cashback_lots AS l
        WHERE l.merchant_id = c.merchant_id AND l.purchase_id = c.purchase_id) AS l
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(amount), 0) AS amount FROM entries AS e
        WHERE e.merchant_id = c.merchant_id AND e.posting_id = c.posting_id AND e.account = 'cashback') AS e
    WHERE c.merchant_id = $1
), compared AS (
    SELECT * FROM wallet UNION ALL SELECT * FROM month UNION ALL SELECT * FROM given
)
SELECT
    (SELECT count(*) FROM compared),
    (SELECT count(*) FROM compared WHERE wrong),
    (
        SELECT jsonb_agg(jsonb_build_object('subject', 'customer ' || customer_id, 'detail', 'cashback: ' || detail))
        FROM (SELECT * FROM compared WHERE wrong ORDER BY customer_id, detail LIMIT $2) AS first
    )
