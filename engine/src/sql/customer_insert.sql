-- Enters customer $2 of merchant $1 with the identities $5, $6 (kinds, values) and an empty balance, who came by $7; nothing at all
-- when somebody else has the first of the identities. Reports the customer row.
WITH given AS (
    SELECT kind, value, position
      FROM unnest($5::text[], $6::text[]) WITH ORDINALITY AS t (kind, value, position)
), taken AS (
    INSERT INTO customer_identities (merchant_id, kind, value, customer_id)
    SELECT $1, kind, value, $2 FROM given WHERE position = 1
    ON CONFLICT (merchant_id, kind, value) DO NOTHING
    RETURNING customer_id
), others AS (
    INSERT INTO customer_identities (merchant_id, kind, value, customer_id)
    SELECT $1, given.kind, given.value, taken.customer_id FROM given, taken WHERE given.position > 1
), balance AS (
    INSERT INTO balances (merchant_id, customer_id) SELECT $1, customer_id FROM taken
    ON CONFLICT DO NOTHING
), news AS (
    INSERT INTO queue (module, merchant_id, payload)
    SELECT 'announcements', $1, jsonb_build_object('enrolled', jsonb_build_array(customer_id), 'came_by', $7::text)
    FROM taken
)
-- The foreign key of the identities is checked at the end of the statement, when this row is there.
INSERT INTO customers (merchant_id, id, name, created_at) SELECT $1, customer_id, $3, $4 FROM taken
