-- A model's name may have 256 characters, and stock's column holds 255: the creator of such a model would have no grant on
-- it. It is the one column of stock's that is changed; a stock server works with it as it is.
ALTER TABLE role_permissions ALTER COLUMN resource_pattern TYPE varchar(1024);
