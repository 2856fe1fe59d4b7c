-- What was counted of customer $2 of merchant $1 is counted of customer $3: by purchase, in all, and referral credits by day.
-- The balances of both are locked.
WITH counted AS (
    UPDATE policy_counted SET subject_id = $3 WHERE merchant_id = $1 AND subject_id = $2
), watched AS (
    DELETE FROM policy_watched WHERE merchant_id = $1 AND customer_id = $2
), ended AS (
    DELETE FROM policy_counters WHERE merchant_id = $1 AND subject_id = $2
    RETURNING policy_id, counted
), counter AS (
    INSERT INTO policy_counters AS c (merchant_id, policy_id, subject_id, counted)
    SELECT $1, policy_id, $3, counted
    FROM ended
    ORDER BY policy_id
    ON CONFLICT (merchant_id, policy_id, subject_id) DO UPDATE SET counted = c.counted + excluded.counted
), gone AS (
    DELETE FROM referral_credits WHERE merchant_id = $1 AND customer_id = $2
    RETURNING day, credits
)
INSERT INTO referral_credits AS r (merchant_id, customer_id, day, credits)
SELECT $1, $3, day, credits
FROM gone
ORDER BY day
ON CONFLICT (merchant_id, customer_id, day) DO UPDATE SET credits = r.credits + excluded.credits
