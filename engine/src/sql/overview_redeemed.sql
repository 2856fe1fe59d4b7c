-- Points that were spent, and that came back of what was, by the day of that: from the day $2 on, oldest first. What paid for a
-- purchase counts on the business day of that, as what it earned does; everything else on its day in zone $3. A hold is not
-- spent before it is captured.
--
-- Postings are found by their ids, which begin with the instant at which they were made: none of these days is before $4. Both
-- are ends that are never the first of their posting, and nearly everything that purchases earn has one end only: what is not
-- looked at is passed over in the index.
SELECT
    date,
    coalesce(sum(amount) FILTER (WHERE account = 'redeemed'), 0)::bigint,
    coalesce(sum(amount) FILTER (WHERE account = 'available'), 0)::bigint
FROM (
    SELECT coalesce(p.business_date, (e.posted_at AT TIME ZONE $3)::date) AS date, e.account, e.amount
    FROM entries AS e
    LEFT JOIN purchases AS p ON e.kind = 'redemption' AND p.merchant_id = e.merchant_id AND p.id = e.purchase_id
    WHERE e.merchant_id = $1 AND e.posting_id >= $4::uuid AND e.leg > 0 AND e.unit = 'points'
      AND ((e.kind = 'redemption' AND e.account = 'redeemed') OR (e.kind = 'cancellation' AND e.account = 'available'))
) AS spent
WHERE date >= $2::date
GROUP BY date
ORDER BY date
