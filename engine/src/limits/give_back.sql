-- Gives back what a return of purchase $2 of merchant $1 takes from these promotions ($3, $4).
--
-- The customer's balance is locked. The budgets are locked by the insert in the order of their keys; each has a row, so
-- that nothing is ever inserted, and what is "inserted" is what is taken off.
WITH booking AS (
    UPDATE promotion_bookings AS b SET returned = b.returned + given.points
    FROM unnest($3::uuid[], $4::int8[]) AS given (promotion_id, points)
    WHERE b.merchant_id = $1
      AND b.purchase_id = $2
      AND b.promotion_id = given.promotion_id
    RETURNING b.customer_id, b.promotion_id, b.period, b.begins_on, b.budget, given.points
), used AS (
    UPDATE promotion_uses AS u SET used = u.used - booking.points
    FROM booking
    WHERE u.merchant_id = $1
      AND u.customer_id = booking.customer_id
      AND u.promotion_id = booking.promotion_id
      AND u.period = booking.period
      AND u.begins_on = booking.begins_on
)
INSERT INTO promotion_budgets AS b (merchant_id, promotion_id, used)
SELECT $1, promotion_id, points
FROM booking
WHERE budget
ORDER BY promotion_id
ON CONFLICT (merchant_id, promotion_id) DO UPDATE SET used = b.used - excluded.used
