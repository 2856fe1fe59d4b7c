-- How new the snapshots of these merchants must be, and when that was published.
--
-- The first statement of every batch: whoever published before the batch began has committed by now, so no
-- purchase is evaluated by rules older than those in force when it was submitted, on any server.
SELECT asked.merchant_id, r.rules, r.catalogue, s.created_at AS published_at
FROM unnest($1::uuid[]) AS asked (merchant_id)
CROSS JOIN LATERAL (
    SELECT r.rules, r.catalogue
    FROM merchant_revisions AS r
    WHERE r.merchant_id = asked.merchant_id
    LIMIT 1
) AS r
LEFT JOIN LATERAL (
    SELECT s.created_at
    FROM rule_sets AS s
    WHERE s.merchant_id = asked.merchant_id
      AND s.version = r.rules
    LIMIT 1
) AS s ON true
