-- Events of merchant $1 by source and id, each with its place among those that were asked for.
SELECT given.place, e.*
FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS given (source, id, place)
CROSS JOIN LATERAL (
    SELECT hash, key, source, id, type, occurred_at, received_at, state, changed_at, outcome,
        problem::text AS problem, NULL::text AS excerpt
    FROM inbox
    WHERE merchant_id = $1 AND source = given.source AND id = given.id
    LIMIT 1
) AS e
