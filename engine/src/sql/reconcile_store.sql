INSERT INTO reconciliations (merchant_id, invariant, checked_at, checked, violations, findings)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (merchant_id, invariant) DO UPDATE SET
    checked_at = excluded.checked_at,
    checked = excluded.checked,
    violations = excluded.violations,
    findings = excluded.findings
