-- Writes the deliveries $4 of events $3 to endpoints $2 of merchant $1 at $5, in their order, which is the order in which
-- every worker writes them: two that make the same wait for each other and make each once.
INSERT INTO webhook_deliveries (merchant_id, endpoint_id, event_id, id, customer_id, sequence, kind, body, created_at,
                                due_at, started_at)
SELECT $1, pair.endpoint_id, e.id, pair.id, e.customer_id, e.sequence, e.kind,
       json_build_object(
           'type', e.kind,
           'timestamp', to_char(e.happened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
           'data', CASE WHEN e.customer_id IS NULL THEN e.data
                        ELSE e.data || jsonb_build_object('customer_id', e.customer_id, 'sequence', e.sequence) END)::text,
       $5, $5, $5
FROM ROWS FROM (unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::uuid[])) WITH ORDINALITY
    AS pair (endpoint_id, event_id, id, place)
CROSS JOIN LATERAL (
    SELECT id, customer_id, sequence, kind, data, happened_at
    FROM events
    WHERE merchant_id = $1 AND id = pair.event_id
    LIMIT 1
) AS e
ORDER BY pair.place
ON CONFLICT (merchant_id, endpoint_id, event_id) DO NOTHING
