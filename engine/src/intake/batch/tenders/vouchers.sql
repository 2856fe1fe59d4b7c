-- Locks the vouchers of these merchants ($1) with these codes ($2), one after the other in the order given, which is that
-- of the codes, and reads them: whoever else wants one waits, and reads what became of it.
SELECT v.*
FROM unnest($1::uuid[], $2::text[]) AS asked (merchant_id, code)
CROSS JOIN LATERAL (
    SELECT v.merchant_id, v.id, v.code, v.customer_id, v.redemption_id, v.name, v.worth, v.state, v.expires_at
    FROM vouchers AS v
    WHERE v.merchant_id = asked.merchant_id
      AND v.code = asked.code
    LIMIT 1
    FOR NO KEY UPDATE
) AS v
