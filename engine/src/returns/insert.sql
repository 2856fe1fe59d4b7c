INSERT INTO returns (
    merchant_id, id, purchase_id, return_id, customer_id, content, amount, currency, lines, points, from_pending,
    from_available, debt, absorbed, cashback, policy, complete, balance_points, balance_pending, actor_name, created_at,
    tender_posting, tender_points, tender_expired, tender_cashback, rewards, paid_back, cashback_debt,
    cashback_absorbed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27,
    $28, $29)
