"""Progress reports: made once from one read session, then written in any format. Layout is the writers', numbers are the register's."""
