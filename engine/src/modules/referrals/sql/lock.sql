-- Locks the referrals of these merchants: nobody else adds one, or decides about one, before the commit.
WITH locked AS MATERIALIZED (
    SELECT p.merchant_id
    FROM referral_programs AS p
    JOIN (SELECT DISTINCT value::uuid AS id FROM jsonb_array_elements_text($1)) AS asked ON asked.id = p.merchant_id
    ORDER BY p.merchant_id
    FOR NO KEY UPDATE OF p
)
SELECT coalesce(jsonb_agg(merchant_id), '[]') AS answer FROM locked
