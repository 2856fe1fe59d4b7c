-- Up to when merchant $1's books have been looked at and found right since the last check of everything, of $2 invariants.
SELECT CASE
    WHEN count(*) FILTER (WHERE NOT recent) < $2 THEN NULL
    WHEN bool_or(violations > 0) FILTER (WHERE recent) THEN min(since) FILTER (WHERE recent)
    ELSE greatest(min(checked_at) FILTER (WHERE NOT recent AND invariant <> 'I10'), min(checked_at) FILTER (WHERE recent))
END
FROM reconciliations
WHERE merchant_id = $1
