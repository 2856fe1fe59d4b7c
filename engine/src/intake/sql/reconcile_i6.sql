-- I6 of purchases that were not paid in money alone: what paid came from lots, to the last unit, and no more of it comes
-- back than was spent; all of the points do, once nothing is left of the purchase.
WITH paid AS (
    SELECT id,
           (tenders -> 'points' ->> 'spent')::bigint AS points,
           (SELECT sum((lot ->> 1)::bigint) FROM jsonb_array_elements(tenders -> 'points' -> 'lots') AS lot) AS point_lots,
           (tenders -> 'cashback' ->> 'amount')::bigint AS cashback,
           (SELECT sum((lot ->> 2)::bigint) FROM jsonb_array_elements(tenders -> 'cashback' -> 'lots') AS lot) AS cashback_lots
    FROM (SELECT id, tenders::jsonb AS tenders FROM purchases WHERE merchant_id = $1 AND tenders IS NOT NULL) AS purchase
), back AS (
    SELECT purchase_id, sum(tender_points) AS points, sum(tender_cashback) AS cashback, bool_or(complete) AS complete
    FROM returns
    WHERE merchant_id = $1 AND (tender_points > 0 OR tender_cashback > 0 OR complete)
    GROUP BY purchase_id
), looked AS (
    SELECT coalesce(paid.id, back.purchase_id) AS purchase_id,
           CASE
               WHEN paid.points IS DISTINCT FROM paid.point_lots THEN format('%s points paid, from lots came %s', paid.points, coalesce(paid.point_lots, 0))
               WHEN paid.cashback IS DISTINCT FROM paid.cashback_lots THEN format('cashback of %s paid, from lots came %s', paid.cashback, coalesce(paid.cashback_lots, 0))
               WHEN back.points > coalesce(paid.points, 0) THEN format('%s points came back, %s had paid', back.points, coalesce(paid.points, 0))
               WHEN back.cashback > coalesce(paid.cashback, 0) THEN format('cashback of %s came back, %s had paid', back.cashback, coalesce(paid.cashback, 0))
               WHEN back.complete AND back.points <> coalesce(paid.points, 0) THEN format('nothing is left of it, and of %s points %s came back', coalesce(paid.points, 0), back.points)
           END AS fault
    FROM paid FULL JOIN back ON back.purchase_id = paid.id
), wrong AS (
    SELECT * FROM looked WHERE fault IS NOT NULL
)
SELECT
    (SELECT count(*) FROM looked),
    (SELECT count(*) FROM wrong),
    (
        SELECT jsonb_agg(jsonb_build_object('subject', 'purchase ' || purchase_id, 'detail', fault))
        FROM (SELECT * FROM wrong ORDER BY purchase_id, fault LIMIT $2) AS first
    )
