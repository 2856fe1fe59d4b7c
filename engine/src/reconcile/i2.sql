-- I2: a stored balance is the sum of its entries, per account; what was ever earned is the sum of what was earned, less what returns took
-- back; what waits is the sum of what waits of each purchase; the event counter is that of the last entry or later; and how
-- often and for how much somebody has bought is what was bought and claimed, less, in money, what was returned.
-- What an account had earned that was merged is the other's: entries stay, and a merge earns nothing.
-- Of whoever has an entry, a purchase or a claim from $3 on; of everybody when that is the first of all ids.
--
-- Who was touched is joined, never looked up with IN behind an OR: that Postgres cannot hash when there are many of them.
WITH merged AS MATERIALIZED (
    SELECT id, merged_into FROM customers WHERE merchant_id = $1 AND merged_into IS NOT NULL
), named AS (
    SELECT customer_id FROM entries
    WHERE merchant_id = $1 AND posting_id >= $3::uuid AND customer_id IS NOT NULL AND $3 <> '00000000-0000-0000-0000-000000000000'
    UNION
    SELECT customer_id FROM purchases
    WHERE merchant_id = $1 AND id >= $3::uuid AND customer_id IS NOT NULL AND $3 <> '00000000-0000-0000-0000-000000000000'
    UNION
    SELECT customer_id FROM claims
    WHERE merchant_id = $1 AND id >= $3::uuid AND customer_id IS NOT NULL AND $3 <> '00000000-0000-0000-0000-000000000000'
), owner AS (
    SELECT DISTINCT coalesce(merged.merged_into, named.customer_id) AS customer_id
    FROM named
    LEFT JOIN merged ON merged.id = named.customer_id
), touched AS (
    SELECT customer_id FROM owner
    UNION
    SELECT merged.id FROM merged JOIN owner ON owner.customer_id = merged.merged_into
), summed AS (
    SELECT
        customer_id,
        coalesce(sum(amount) FILTER (WHERE account = 'available'), 0) AS available,
        coalesce(sum(amount) FILTER (WHERE account = 'pending'), 0) AS pending,
        coalesce(sum(amount) FILTER (WHERE account = 'reserved'), 0) AS reserved,
        coalesce(sum(amount) FILTER (WHERE kind IN ('purchase', 'claim', 'return')), 0) AS lifetime,
        max(sequence) AS sequence
    FROM entries
    LEFT JOIN touched USING (customer_id)
    WHERE merchant_id = $1 AND customer_id IS NOT NULL AND unit = 'points'
      AND ($3 = '00000000-0000-0000-0000-000000000000' OR touched.customer_id IS NOT NULL)
    GROUP BY customer_id
), earned AS (
    SELECT coalesce(merged.merged_into, summed.customer_id) AS customer_id, sum(summed.lifetime) AS lifetime
    FROM summed LEFT JOIN merged ON merged.id = summed.customer_id
    GROUP BY 1
), waiting AS (
    SELECT customer_id, sum(waiting) AS waiting
    FROM pending_points
    LEFT JOIN touched USING (customer_id)
    WHERE merchant_id = $1 AND waiting > 0
      AND ($3 = '00000000-0000-0000-0000-000000000000' OR touched.customer_id IS NOT NULL)
    GROUP BY customer_id
), bought AS (
    SELECT of.customer_id, count(*) AS purchases, sum(of.amount - coalesce(returned.amount, 0)) AS spent
    FROM (
        SELECT customer_id, id, amount FROM purchases WHERE merchant_id = $1 AND customer_id IS NOT NULL
        UNION ALL
        SELECT c.customer_id, p.id, p.amount
        FROM claims AS c
        JOIN purchases AS p ON p.merchant_id = c.merchant_id AND p.id = c.purchase_id
        WHERE c.merchant_id = $1 AND c.customer_id IS NOT NULL
    ) AS of
    LEFT JOIN (
        SELECT purchase_id, sum(amount) AS amount FROM returns WHERE merchant_id = $1 GROUP BY purchase_id
    ) AS returned ON returned.purchase_id = of.id
    LEFT JOIN touched ON touched.customer_id = of.customer_id
    WHERE $3 = '00000000-0000-0000-0000-000000000000' OR touched.customer_id IS NOT NULL
    GROUP BY of.customer_id
), compared AS (
    SELECT
        customer_id,
        coalesce(balance.pending, 0) - coalesce(waiting.waiting, 0) AS waiting,
        coalesce(balance.available, 0) - coalesce(summed.available, 0) AS available,
        coalesce(balance.pending, 0) - coalesce(summed.pending, 0) AS pending,
        coalesce(balance.reserved, 0) - coalesce(summed.reserved, 0) AS reserved,
        coalesce(balance.lifetime, 0) - coalesce(earned.lifetime, 0) AS lifetime,
        coalesce(balance.purchases, 0) - coalesce(bought.purchases, 0) AS purchases,
        coalesce(balance.spent, 0) - coalesce(bought.spent, 0) AS spent,
        coalesce(balance.sequence, 0) < coalesce(summed.sequence, 0) AS behind
    FROM (
        SELECT balances.*
        FROM balances
        LEFT JOIN touched USING (customer_id)
        WHERE merchant_id = $1 AND ($3 = '00000000-0000-0000-0000-000000000000' OR touched.customer_id IS NOT NULL)
    ) AS balance
    FULL JOIN summed USING (customer_id)
    FULL JOIN earned USING (customer_id)
    FULL JOIN waiting USING (customer_id)
    FULL JOIN bought USING (customer_id)
), wrong AS (
    SELECT * FROM compared
    WHERE available <> 0 OR pending <> 0 OR reserved <> 0 OR lifetime <> 0 OR waiting <> 0 OR purchases <> 0 OR spent <> 0 OR behind
)
SELECT
    (SELECT count(*) FROM compared),
    (SELECT count(*) FROM wrong),
    (
        SELECT jsonb_agg(jsonb_build_object(
            'subject', 'customer ' || customer_id,
            'detail', format('balance minus entries: available %s, pending %s, reserved %s, lifetime %s%s%s%s', available, pending, reserved, lifetime,
                CASE WHEN waiting <> 0 THEN format(', minus what waits of purchases: %s', waiting) ELSE '' END,
                CASE WHEN purchases <> 0 OR spent <> 0
                     THEN format(', minus what was bought: purchases %s, spent %s', purchases, spent) ELSE '' END,
                CASE WHEN behind THEN ', event counter behind' ELSE '' END)))
        FROM (SELECT * FROM wrong ORDER BY customer_id LIMIT $2) AS first
    )
