-- Enters customers $2 with names $3 and empty balances.
WITH entered AS (
    INSERT INTO customers (merchant_id, id, name, created_at)
    SELECT $1, t.id, nullif(t.name, ''), $4 FROM unnest($2::uuid[], $3::text[]) AS t (id, name)
    RETURNING id
), news AS (
    INSERT INTO queue (module, merchant_id, payload)
    SELECT 'announcements', $1, jsonb_build_object('enrolled', jsonb_agg(id ORDER BY id), 'came_by', 'import')
    FROM entered
    HAVING count(*) > 0
)
INSERT INTO balances (merchant_id, customer_id) SELECT $1, id FROM entered ORDER BY id
