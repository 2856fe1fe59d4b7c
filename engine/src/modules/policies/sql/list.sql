-- Policies of merchant $1, newest first, of which one ($2), in a state ($3; NULL: all but the archived ones), after $4, whose
-- names are like $5, at most $6; each with what came of it.
SELECT p.*, g.paid, g.held, g.undone
FROM (
    SELECT *
    FROM reward_policies
    WHERE merchant_id = $1
      AND ($2::uuid IS NULL OR id = $2)
      AND ($2::uuid IS NOT NULL OR state = coalesce($3::text, state))
      AND ($2::uuid IS NOT NULL OR $3::text IS NOT NULL OR state <> 'archived')
      AND ($4::uuid IS NULL OR id < $4)
      AND ($5::text IS NULL OR coalesce(draft, terms) ->> 'name' ILIKE $5)
    ORDER BY id DESC
    LIMIT $6
) AS p
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE a.state = 'paid') AS paid,
        count(*) FILTER (WHERE a.state = 'held') AS held,
        count(*) FILTER (WHERE a.state NOT IN ('paid', 'held')) AS undone
    FROM (
        SELECT a.state FROM policy_awards AS a WHERE a.merchant_id = $1 AND a.policy_id = p.id LIMIT 10001
    ) AS a
) AS g
ORDER BY p.id DESC
