-- What purchases of merchant $1 count by now ($2), and what is counted of their subjects ($3), whose balances are locked.
WITH counted AS (
    INSERT INTO policy_counted (merchant_id, policy_id, purchase_id, subject_id, counted)
    SELECT $1, policy_id, purchase_id, subject_id, counted
    FROM jsonb_to_recordset($2::jsonb) AS new (policy_id uuid, purchase_id uuid, subject_id uuid, counted bigint)
    ORDER BY purchase_id, policy_id
    ON CONFLICT (merchant_id, purchase_id, policy_id) DO UPDATE SET counted = excluded.counted
)
INSERT INTO policy_counters (merchant_id, policy_id, subject_id, counted)
SELECT $1, policy_id, subject_id, counted
FROM jsonb_to_recordset($3::jsonb) AS new (policy_id uuid, subject_id uuid, counted bigint)
ORDER BY policy_id, subject_id
ON CONFLICT (merchant_id, policy_id, subject_id) DO UPDATE SET counted = excluded.counted
