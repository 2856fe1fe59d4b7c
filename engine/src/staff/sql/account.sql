-- The account of e-mail $2, made when there is none. Either way it is locked until the transaction ends: what is read of its
-- roles afterwards stays so.
INSERT INTO staff (id, email, name, password_hash, created_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (email) DO UPDATE SET email = excluded.email
RETURNING id
