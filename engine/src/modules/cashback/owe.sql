-- Customer $3 of merchant $1 owes $6 more in the currency $5, and what the rest of the wallet gave or is owed for purchase $2 is
-- noted in its lots ($4). The customer's balance is locked.
WITH lot AS (
    UPDATE cashback_lots AS l SET covered = l.covered + part.covered
    FROM jsonb_to_recordset($4::jsonb) AS part (offer_id uuid, covered bigint)
    WHERE l.merchant_id = $1 AND l.purchase_id = $2 AND l.offer_id = part.offer_id
)
UPDATE cashback_wallets SET owed = owed + $6
WHERE merchant_id = $1 AND customer_id = $3 AND currency = $5
