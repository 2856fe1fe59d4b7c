-- What stays of customer $2 of merchant $1, under the opaque id.
SELECT 'entries' AS what, count(*) AS rows FROM entries WHERE merchant_id = $1 AND customer_id = $2
UNION ALL SELECT 'purchases', count(*) FROM purchases WHERE merchant_id = $1 AND customer_id = $2
UNION ALL SELECT 'claims', count(*) FROM claims WHERE merchant_id = $1 AND customer_id = $2
UNION ALL SELECT 'lots', count(*) FROM spendable WHERE merchant_id = $1 AND customer_id = $2 AND remaining > 0
UNION ALL SELECT 'adjustments', count(*) FROM adjustments WHERE merchant_id = $1 AND customer_id = $2
UNION ALL SELECT 'redemptions', count(*) FROM redemptions WHERE merchant_id = $1 AND customer_id = $2
UNION ALL SELECT 'vouchers', count(*) FROM vouchers WHERE merchant_id = $1 AND customer_id = $2
UNION ALL SELECT 'cashback', count(*) FROM cashback_lots WHERE merchant_id = $1 AND customer_id = $2
UNION ALL SELECT 'tier_moves', count(*) FROM tier_moves WHERE merchant_id = $1 AND customer_id = $2
UNION ALL SELECT 'referrals', count(*) FROM referrals WHERE merchant_id = $1 AND (friend_id = $2 OR advocate_id = $2)
UNION ALL SELECT 'awards', count(*) FROM policy_awards WHERE merchant_id = $1 AND beneficiary_id = $2
