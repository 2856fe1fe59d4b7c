-- How much of the basis $2 these customers ($3) of merchant $1 have in two spans of days each: from $4 until before $5, and
-- from $6 until before $7.
-- Referral credits are what reward policies gave.
SELECT counted.running, counted.other
FROM unnest($3::uuid[], $4::date[], $5::date[], $6::date[], $7::date[]) WITH ORDINALITY
    AS asked (customer_id, running_from, running_to, other_from, other_to, position)
CROSS JOIN LATERAL (
    SELECT
        coalesce(sum(day.number) FILTER (WHERE day.day >= asked.running_from AND day.day < asked.running_to), 0)::bigint AS running,
        coalesce(sum(day.number) FILTER (WHERE day.day >= asked.other_from AND day.day < asked.other_to), 0)::bigint AS other
    FROM (
        SELECT
            a.day,
            CASE $2 WHEN 'points_earned' THEN a.points WHEN 'spend' THEN a.spend WHEN 'purchases' THEN a.purchases ELSE 0 END AS number
        FROM tier_activity AS a
        WHERE a.merchant_id = $1
          AND a.customer_id = asked.customer_id
          AND a.day >= least(asked.running_from, CASE WHEN asked.other_from < asked.other_to THEN asked.other_from END)
          AND a.day < greatest(asked.running_to, asked.other_to)
          AND $2 <> 'referral_credits'
        UNION ALL
        SELECT c.day, c.credits
        FROM referral_credits AS c
        WHERE c.merchant_id = $1
          AND c.customer_id = asked.customer_id
          AND c.day >= least(asked.running_from, CASE WHEN asked.other_from < asked.other_to THEN asked.other_from END)
          AND c.day < greatest(asked.running_to, asked.other_to)
          AND $2 = 'referral_credits'
    ) AS day
) AS counted
ORDER BY asked.position
