-- I4 of rewards, from the posting $3 on: every step of a redemption that moved points has exactly the entries that it says,
-- and no such entry is without its step. (Points that paid a part of a purchase name the purchase, and are not looked at.)
WITH said AS (
    SELECT
        s.posting_id,
        r.customer_id,
        CASE
            WHEN s.state = 'captured' AND s.posting_id <> r.id THEN 0
            WHEN s.state IN ('reserved', 'captured') THEN -r.points
            ELSE r.points
        END AS available,
        CASE
            WHEN s.state = 'reserved' THEN r.points
            WHEN s.state = 'released' OR (s.state = 'captured' AND s.posting_id <> r.id) THEN -r.points
            ELSE 0
        END AS reserved
    FROM redemption_steps AS s
    LEFT JOIN redemptions AS r ON r.merchant_id = s.merchant_id AND r.id = s.redemption_id
    WHERE s.merchant_id = $1 AND s.posting_id >= $3::uuid
), posted AS (
    SELECT
        e.posting_id,
        (array_agg(coalesce(c.merged_into, e.customer_id)) FILTER (WHERE e.customer_id IS NOT NULL))[1] AS customer_id,
        coalesce(sum(e.amount) FILTER (WHERE e.account = 'available'), 0) AS available,
        coalesce(sum(e.amount) FILTER (WHERE e.account = 'reserved'), 0) AS reserved
    FROM entries AS e
    LEFT JOIN customers AS c ON c.merchant_id = e.merchant_id AND c.id = e.customer_id AND c.merged_into IS NOT NULL
    WHERE e.merchant_id = $1
      AND e.posting_id >= $3
      AND e.kind IN ('redemption', 'release', 'cancellation')
      AND e.purchase_id IS NULL
    GROUP BY e.posting_id
), looked AS (
    SELECT
        posting_id,
        CASE
            WHEN posted.available IS NULL THEN 'a step of a redemption that was not posted'
            WHEN said.available IS NULL THEN 'posted for no step of a redemption'
            WHEN (said.customer_id, said.available, said.reserved)
                 IS DISTINCT FROM (posted.customer_id, posted.available, posted.reserved)
                THEN format('a redemption moves %s available and %s reserved points, posted are %s and %s',
                            said.available, said.reserved, posted.available, posted.reserved)
        END AS fault
    FROM said FULL JOIN posted USING (posting_id)
), wrong AS (
    SELECT * FROM looked WHERE fault IS NOT NULL
)
SELECT
    (SELECT count(*) FROM looked),
    (SELECT count(*) FROM wrong),
    (
        SELECT jsonb_agg(jsonb_build_object('subject', 'posting ' || posting_id, 'detail', fault))
        FROM (SELECT * FROM wrong ORDER BY posting_id LIMIT $2) AS first
    )
