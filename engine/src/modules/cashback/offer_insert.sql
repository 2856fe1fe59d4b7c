-- A new offer $2 of merchant $1, entered by $6, with its first version, which counts from $5.
WITH version AS (
    INSERT INTO cashback_offer_versions (merchant_id, offer_id, version, terms, effective_from)
    VALUES ($1, $2, 1, $3::jsonb, $5)
)
INSERT INTO cashback_offers (merchant_id, id, version, terms, created_at, changed_at, changed_by)
VALUES ($1, $2, 1, $3::jsonb, $4, $4, $6)
RETURNING *
