-- What there is to tell of purchases $2 of merchant $1 that were not told yet, in the order of their arrival; of somebody who was
-- erased since, nothing. The counter is that of the entries, unless these were of an account that was merged since: then the
-- customer's next one is taken.
SELECT p.*, posted.sequence, posted.pending
FROM unnest($2::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT p.id, p.customer_id, p.retailer_id, p.transaction_id, p.amount, p.currency, p.occurred_at, p.points, p.claimable
    FROM purchases AS p
    WHERE p.merchant_id = $1 AND p.id = asked.id
    LIMIT 1
) AS p
CROSS JOIN LATERAL (
    SELECT max(e.sequence) FILTER (WHERE e.customer_id = p.customer_id) AS sequence,
           coalesce(sum(e.amount) FILTER (WHERE e.account = 'pending'), 0)::bigint AS pending
    FROM entries AS e
    WHERE e.merchant_id = $1 AND e.posting_id = asked.id AND e.unit = 'points'
) AS posted
WHERE NOT EXISTS (SELECT FROM events AS e WHERE e.merchant_id = $1 AND e.id = asked.id)
    AND NOT EXISTS (
        SELECT FROM customers AS c
        WHERE c.merchant_id = $1 AND c.id = p.customer_id AND c.erased_at IS NOT NULL)
ORDER BY asked.id
