INSERT INTO reconciliations (merchant_id, invariant, recent, since, checked_at, checked, violations, findings)
VALUES ($1, $2, $3 IS NOT NULL, $3, $4, $5, $6, $7)
ON CONFLICT (merchant_id, invariant, recent) DO UPDATE SET
    since = excluded.since,
    checked_at = excluded.checked_at,
    checked = excluded.checked,
    violations = excluded.violations,
    findings = excluded.findings
