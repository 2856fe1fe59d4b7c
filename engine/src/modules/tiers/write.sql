-- Where customers of merchant $1 stand by now, $2: their places ($3) and the moves that led there ($4). Answers with the addresses of those who did. Either the balances of the
-- customers are locked, or the ladder is held alone.
WITH membership AS (
    INSERT INTO tier_memberships (
        merchant_id, customer_id, tier_id, since, kept_until, pinned_until, manual, due_on, moves, changed_at)
    SELECT $1, customer_id, tier_id, since, kept_until, pinned_until, manual, due_on, moves, $2
    FROM jsonb_to_recordset($3::jsonb) AS new (
        customer_id uuid, tier_id uuid, since date, kept_until date, pinned_until date, manual text, due_on date, moves integer)
    ORDER BY customer_id
    ON CONFLICT (merchant_id, customer_id) DO UPDATE SET
        tier_id      = excluded.tier_id,
        since        = excluded.since,
        kept_until   = excluded.kept_until,
        pinned_until = excluded.pinned_until,
        manual       = excluded.manual,
        due_on       = excluded.due_on,
        moves        = excluded.moves,
        changed_at   = excluded.changed_at
), new AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset($4::jsonb) AS new (
        customer_id uuid, number integer, moved text, from_tier uuid, from_name text, to_tier uuid, to_name text,
        reason jsonb, basis text, actor_name text)
), move AS (
    INSERT INTO tier_moves (
        merchant_id, customer_id, number, moved, from_tier, from_name, to_tier, to_name, reason, basis, actor_name,
        happened_at)
    SELECT $1, customer_id, number, moved, from_tier, from_name, to_tier, to_name, reason, basis, actor_name, $2
    FROM new
)
SELECT moved.customer_id, identity.value AS email
FROM (SELECT DISTINCT customer_id FROM new) AS moved
CROSS JOIN LATERAL (
    SELECT i.value
    FROM customer_identities AS i
    WHERE i.merchant_id = $1 AND i.customer_id = moved.customer_id AND i.kind = 'email' AND i.place = 0
    LIMIT 1
) AS identity
