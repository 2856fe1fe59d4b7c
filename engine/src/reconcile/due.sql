-- Merchants whose books are to be checked at $1, and whether everything is: those where somebody has asked, those that were not checked since
-- $2; then those of which what happened since was not checked since $3 although something has: they have postings from $4 on.
SELECT m.id, (asked.requested_at <= $1) IS TRUE OR checked.oldest IS NULL OR checked.oldest < $2 AS everything
FROM merchants AS m
LEFT JOIN reconciliation_requests AS asked ON asked.merchant_id = m.id
LEFT JOIN LATERAL (
    SELECT min(c.checked_at) FILTER (WHERE NOT c.recent) AS oldest, max(c.checked_at) AS newest
    FROM reconciliations AS c
    WHERE c.merchant_id = m.id
) AS checked ON true
WHERE asked.requested_at <= $1
   OR checked.oldest IS NULL
   OR checked.oldest < $2
   OR (checked.newest < $3 AND EXISTS (SELECT FROM entries AS e WHERE e.merchant_id = m.id AND e.posting_id >= $4))
ORDER BY asked.requested_at NULLS LAST, checked.oldest NULLS FIRST, m.id
LIMIT 10
