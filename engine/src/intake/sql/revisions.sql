-- How new the snapshots of these merchants must be, and when that was published.
--
-- The first statement of every batch: whoever published before the batch began has committed by now, so no
-- purchase is evaluated by rules older than those in force when it was submitted, on any server.
SELECT r.merchant_id, r.rules, r.catalogue, s.created_at AS published_at
FROM unnest($1::uuid[]) AS asked (merchant_id)
JOIN merchant_revisions AS r ON r.merchant_id = asked.merchant_id
LEFT JOIN rule_sets AS s
  ON s.merchant_id = r.merchant_id
 AND s.version = r.rules
