-- A role that stands at the till of a store and sees nothing else.
ALTER TABLE staff_memberships
    DROP CONSTRAINT staff_memberships_role_check,
    ADD CONSTRAINT staff_memberships_role_check CHECK (role IN ('owner', 'manager', 'analyst', 'support', 'cashier'));
