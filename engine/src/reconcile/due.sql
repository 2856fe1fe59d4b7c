-- Merchants whose books are to be checked at $1: those where somebody has asked, then those that were not checked since $2.
SELECT m.id
FROM merchants AS m
LEFT JOIN reconciliation_requests AS asked ON asked.merchant_id = m.id
LEFT JOIN LATERAL (
    SELECT min(c.checked_at) AS oldest
    FROM reconciliations AS c
    WHERE c.merchant_id = m.id
) AS checked ON true
WHERE asked.requested_at <= $1
   OR checked.oldest IS NULL
   OR checked.oldest < $2
ORDER BY asked.requested_at NULLS LAST, checked.oldest NULLS FIRST, m.id
LIMIT 10
