-- Points that were spent, and that came back of what was, by the day of that: from the day $2 on, local to zone $3, oldest first.
-- A hold is not spent before it is captured.
--
-- Postings are found by their ids, which begin with the instant at which they were made: none of these days is before $4. Both
-- are ends that are never the first of their posting, and nearly everything that purchases earn has one end only: what is not
-- looked at is passed over in the index.
SELECT
    (posted_at AT TIME ZONE $3)::date AS date,
    coalesce(sum(amount) FILTER (WHERE account = 'redeemed'), 0)::bigint,
    coalesce(sum(amount) FILTER (WHERE account = 'available'), 0)::bigint
FROM entries
WHERE merchant_id = $1 AND posting_id >= $4::uuid AND leg > 0 AND unit = 'points'
  AND ((kind = 'redemption' AND account = 'redeemed') OR (kind = 'cancellation' AND account = 'available'))
  AND posted_at >= ($2::date::timestamp AT TIME ZONE $3)
GROUP BY 1
ORDER BY 1
